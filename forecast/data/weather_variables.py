"""The variables of the Open-Meteo archive, as its documentation lists them.

https://open-meteo.com/en/docs/historical-weather-api; sunrise and sunset are left out, since they
are times and no numbers.
"""

from collections.abc import Sequence
from typing import Final

from forecast.data.raw_table import unknown_name
from forecast.errors import SettingError

DEPTHS = ("0_to_7cm", "7_to_28cm", "28_to_100cm", "100_to_255cm")
RADIATION = (
    "shortwave_radiation",
    "direct_radiation",
    "diffuse_radiation",
    "direct_normal_irradiance",
    "global_tilted_irradiance",
    "terrestrial_radiation",
)
HOURLY: Final = (
    "temperature_2m",
    "relative_humidity_2m",
    "dew_point_2m",
    "apparent_temperature",
    "precipitation",
    "rain",
    "snowfall",
    "snow_depth",
    "weather_code",
    "pressure_msl",
    "surface_pressure",
    "cloud_cover",
    "cloud_cover_low",
    "cloud_cover_mid",
    "cloud_cover_high",
    "et0_fao_evapotranspiration",
    "vapour_pressure_deficit",
    "wind_speed_10m",
    "wind_speed_100m",
    "wind_direction_10m",
    "wind_direction_100m",
    "wind_gusts_10m",
    *(f"soil_temperature_{depth}" for depth in DEPTHS),
    *(f"soil_moisture_{depth}" for depth in DEPTHS),
    "boundary_layer_height",
    "wet_bulb_temperature_2m",
    "total_column_integrated_water_vapour",
    "is_day",
    "sunshine_duration",
    "albedo",
    "snow_depth_water_equivalent",
    *RADIATION,
    *(f"{name}_instant" for name in RADIATION),
)
DAILY: Final = (
    "weather_code",
    *(f"temperature_2m_{what}" for what in ("mean", "max", "min")),
    *(f"apparent_temperature_{what}" for what in ("mean", "max", "min")),
    "daylight_duration",
    "sunshine_duration",
    "precipitation_sum",
    "rain_sum",
    "snowfall_sum",
    "precipitation_hours",
    "wind_speed_10m_max",
    "wind_gusts_10m_max",
    "wind_direction_10m_dominant",
    "shortwave_radiation_sum",
    "et0_fao_evapotranspiration",
    *(f"cloud_cover_{what}" for what in ("mean", "max", "min")),
    *(f"dew_point_2m_{what}" for what in ("mean", "max", "min")),
    *(f"relative_humidity_2m_{what}" for what in ("mean", "max", "min")),
    *(f"pressure_msl_{what}" for what in ("mean", "max", "min")),
    *(f"surface_pressure_{what}" for what in ("mean", "max", "min")),
    *(f"wet_bulb_temperature_2m_{what}" for what in ("mean", "max", "min")),
    "snowfall_water_equivalent_sum",
    "vapour_pressure_deficit_max",
    "wind_speed_10m_mean",
    "wind_speed_10m_min",
    "wind_gusts_10m_mean",
    "wind_gusts_10m_min",
    *(f"soil_moisture_{depth}_mean" for depth in ("0_to_7cm", "7_to_28cm", "28_to_100cm")),
    "soil_moisture_0_to_100cm_mean",
    *(f"soil_temperature_{depth}_mean" for depth in ("0_to_7cm", "7_to_28cm", "28_to_100cm")),
    "soil_temperature_0_to_100cm_mean",
)


def is_hourly(variables: Sequence[str], hourly: bool | None) -> bool:
    """Say whether variables are hourly ones; a name that is both counts as daily.

    Args:
        variables: at least one name.
        hourly: what the caller says, or None to tell it from the names.

    Raises:
        SettingError: there is no such variable, or hourly and daily ones are mixed.
    """
    for name in variables:
        if name not in HOURLY and name not in DAILY:
            known = HOURLY if hourly else DAILY if hourly is False else (*DAILY, *HOURLY)
            raise SettingError(unknown_name("variables", "a weather variable", name, known))
    told = hourly
    if told is None:
        told = not all(name in DAILY for name in variables)
    strays = [name for name in variables if name not in (HOURLY if told else DAILY)]
    if strays:
        step, other = ("hourly", "daily") if told else ("daily", "hourly")
        raise SettingError(
            f"`variables` must be all hourly or all daily; {strays[0]!r} is {other}, and {step} "
            "ones are asked for. Fetch them one after the other."
        )
    return told

"""Servers that the environment names: can they be reached?"""

from crm_site.run.config import Config
from crm_site.run.say import Problem


def check(engine: str, settings: Config) -> None:
    """Raise Problem unless the server that the environment names can be reached."""
    if engine == "postgres":
        _check_database(settings)
    else:
        _check_redis(settings)


def _check_database(settings: Config) -> None:
    import psycopg

    for name, url in (
        ("CRM_DATABASE_URL", settings.database_url),
        ("CRM_DATABASE_OWNER_URL", settings.owner_url),
    ):
        try:
            if url:
                psycopg.connect(url, connect_timeout=5).close()
        except psycopg.Error as error:
            reason = (str(error).strip().splitlines() or ["no reason given"])[0]  # what follows are guesses and other addresses
            raise Problem(
                f"The database that {name} names can't be reached: {reason}",
                f"Start it or correct {name}; without it ./crm run uses a database of its own.",
            ) from None


def _check_redis(settings: Config) -> None:
    import redis

    client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=5, socket_timeout=5)
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise Problem(
            f"The server that CRM_REDIS_URL names can't be reached: {error}",
            "Start it or correct CRM_REDIS_URL; without it ./crm run uses one of its own.",
        ) from None
    finally:
        client.close()

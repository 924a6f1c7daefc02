import os

import redis
from kombu import Connection

from multivio.redis_url import broker_url


class TestBrokerUrl:
    def test_it_leaves_a_network_address_alone(self) -> None:
        assert broker_url("redis://:pw@example.com:6379/2") == "redis://:pw@example.com:6379/2"

    def test_it_spells_a_socket_as_celery_does(self) -> None:
        assert broker_url("unix://:pw@/run/redis.sock?db=3") == "redis+socket://:pw@/run/redis.sock?virtual_host=3"

    def test_it_moves_a_password_from_the_query_to_where_celery_looks_for_it(self) -> None:
        expected = "redis+socket://:pw@/run/redis.sock?virtual_host=0"
        assert broker_url("unix:///run/redis.sock?password=pw") == expected

    def test_celery_and_redis_meet_in_the_same_database(self, redis_url: str) -> None:
        with Connection(broker_url(redis_url)) as broker, broker.SimpleQueue("letters") as queue:
            queue.put("hello")
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            assert client.llen("letters") == 1

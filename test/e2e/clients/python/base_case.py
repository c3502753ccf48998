"""What the tests share: the official Python client with the kubeconfig that $KUBECONFIG names, and a namespace for each class."""
import time
import unittest

from kubernetes import client, config


class ClusterCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config.load_kube_config()
        cls.core = client.CoreV1Api()
        cls.ns = cls.core.create_namespace({"metadata": {"generateName": "py-"}}).metadata.name

    @classmethod
    def tearDownClass(cls):
        cls.core.delete_namespace(cls.ns)

    def eventually(self, condition, seconds=30):
        until = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            self.assertLess(time.monotonic(), until, "not in time")
            time.sleep(0.05)


def config_map(name, data=None, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {}}

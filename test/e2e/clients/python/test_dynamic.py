import unittest

from kubernetes import client
from kubernetes.client.rest import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, ResourceNotFoundError, UnprocessibleEntityError

from base_case import ClusterCase, config_map

GROUP = "python.example.com"
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"snakes.{GROUP}"},
    "spec": {"group": GROUP, "scope": "Namespaced", "names": {"plural": "snakes", "singular": "snake", "kind": "Snake"}, "versions": [{
        "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {
            "spec": {"type": "object", "properties": {"length": {"type": "integer", "minimum": 1}}}, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        }}},
    }]},
}


def snake(name, length):
    return {"apiVersion": f"{GROUP}/v1", "kind": "Snake", "metadata": {"name": name}, "spec": {"length": length}}


class Dynamic(ClusterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dynamic = DynamicClient(client.ApiClient())
        cls.definitions = cls.dynamic.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")

    def test_config_maps(self):
        maps = self.dynamic.resources.get(api_version="v1", kind="ConfigMap")
        made = maps.create(body=config_map("free", {"a": "1"}, labels={"of": "dynamic"}), namespace=self.ns)
        self.assertEqual(made.data.a, "1")
        maps.patch(body={"metadata": {"name": "free"}, "data": {"a": None, "b": "2"}}, namespace=self.ns, content_type="application/merge-patch+json")
        self.assertEqual(maps.get(name="free", namespace=self.ns).data.to_dict(), {"b": "2"})
        applied = maps.server_side_apply(body=config_map("free", {"c": "3"}), namespace=self.ns, field_manager="python")
        self.assertEqual(applied.data.to_dict(), {"b": "2", "c": "3"})
        stale = config_map("free", resourceVersion="1")
        with self.assertRaises(ConflictError):
            maps.replace(body=stale, namespace=self.ns)
        maps.delete(namespace=self.ns, label_selector="of=dynamic")
        with self.assertRaises(NotFoundError):
            maps.get(name="free", namespace=self.ns)

    def test_a_watch(self):
        maps = self.dynamic.resources.get(api_version="v1", kind="ConfigMap")
        maps.create(body=config_map("watched", labels={"w": "yes"}), namespace=self.ns)
        seen = [(e["type"], e["object"].metadata.name) for e in maps.watch(namespace=self.ns, label_selector="w", timeout=1)]
        self.assertEqual(seen, [("ADDED", "watched")])

    def test_a_definition_is_served_as_soon_as_it_is_established(self):
        self.definitions.create(body=DEFINITION)
        try:
            self.eventually(lambda: any(c.type == "Established" and c.status == "True" for c in self.definitions.get(name=f"snakes.{GROUP}").to_dict().get("status", {}).get("conditions", []) and self.definitions.get(name=f"snakes.{GROUP}").status.conditions))
            self.dynamic.resources.invalidate_cache()
            snakes = self.dynamic.resources.get(api_version=f"{GROUP}/v1", kind="Snake")
            snakes.create(body=snake("adder", 1), namespace=self.ns)
            with self.assertRaises(UnprocessibleEntityError) as refused:
                snakes.create(body=snake("none", 0), namespace=self.ns)
            self.assertIn("spec.length", refused.exception.summary())
            self.assertEqual([s.metadata.name for s in snakes.get(namespace=self.ns).items], ["adder"])
            snakes.status.patch(body={"metadata": {"name": "adder"}, "status": {"fed": True}}, name="adder", namespace=self.ns, content_type="application/merge-patch+json")

            custom = client.CustomObjectsApi()
            self.assertTrue(custom.get_namespaced_custom_object(GROUP, "v1", self.ns, "snakes", "adder")["status"]["fed"])
            custom.patch_namespaced_custom_object(GROUP, "v1", self.ns, "snakes", "adder", {"spec": {"length": 2}})
            self.assertEqual(custom.list_cluster_custom_object(GROUP, "v1", "snakes")["items"][0]["spec"]["length"], 2)
            custom.delete_namespaced_custom_object(GROUP, "v1", self.ns, "snakes", "adder")
            with self.assertRaises(ApiException) as gone:
                custom.get_namespaced_custom_object(GROUP, "v1", self.ns, "snakes", "adder")
            self.assertEqual(gone.exception.status, 404)
        finally:
            self.definitions.delete(name=f"snakes.{GROUP}")
        self.dynamic.resources.invalidate_cache()
        with self.assertRaises(ResourceNotFoundError):
            self.dynamic.resources.get(api_version=f"{GROUP}/v1", kind="Snake")


if __name__ == "__main__":
    unittest.main()

import tempfile
import threading
import time
import unittest

import yaml
from kubernetes import client, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.informer import SharedInformer
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

from base_case import ClusterCase, config_map

LABELS = {"app": "web"}
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"replicas": 0, "selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
}


class Objects(ClusterCase):
    def settled(self, deployment):
        """The controller has seen it and will not write again by itself."""
        return deployment if deployment.status.observed_generation == deployment.metadata.generation else None

    def test_create_read_replace_patch_delete(self):
        apps = client.AppsV1Api()
        made = apps.create_namespaced_deployment(self.ns, DEPLOYMENT, field_validation="Strict")
        self.assertEqual(made.spec.revision_history_limit, 10)
        self.assertIsNotNone(made.metadata.creation_timestamp.tzinfo)
        current = self.eventually(lambda: self.settled(apps.read_namespaced_deployment("web", self.ns)))
        current.spec.template.spec.containers[0].image = "web:2"
        replaced = apps.replace_namespaced_deployment("web", self.ns, current)
        self.assertEqual(replaced.spec.template.spec.containers[0].image, "web:2")
        with self.assertRaises(ApiException) as stale:
            apps.replace_namespaced_deployment("web", self.ns, made)
        self.assertEqual((stale.exception.status, stale.exception.reason), (409, "Conflict"))
        patched = apps.patch_namespaced_deployment("web", self.ns, {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "s"}]}}}})
        self.assertEqual([c.name for c in patched.spec.template.spec.containers], ["side", "web"])
        patched = apps.patch_namespaced_deployment("web", self.ns, [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "s2"}])
        self.assertEqual(patched.spec.template.spec.containers[0].image, "s2")
        apps.patch_namespaced_deployment_scale("web", self.ns, {"spec": {"replicas": 2}})
        self.assertEqual(apps.read_namespaced_deployment_scale("web", self.ns).spec.replicas, 2)
        self.assertEqual(apps.delete_namespaced_deployment("web", self.ns, propagation_policy="Background").status, "Success")
        with self.assertRaises(ApiException) as absent:
            apps.read_namespaced_deployment("web", self.ns)
        self.assertEqual((absent.exception.status, "not found" in absent.exception.body), (404, True))

    def test_lists_in_pages_and_by_selector(self):
        for i in range(7):
            self.core.create_namespaced_config_map(self.ns, config_map(f"page-{i}", labels={"page": "yes"}))
        first = self.core.list_namespaced_config_map(self.ns, label_selector="page=yes", limit=3)
        rest = self.core.list_namespaced_config_map(self.ns, label_selector="page=yes", _continue=first.metadata._continue)
        self.assertEqual([i.metadata.name for i in first.items + rest.items], [f"page-{i}" for i in range(7)])
        self.assertEqual(len(self.core.list_namespaced_config_map(self.ns, field_selector="metadata.name=page-1").items), 1)
        self.core.delete_collection_namespaced_config_map(self.ns, label_selector="page=yes")
        self.assertEqual(self.core.list_namespaced_config_map(self.ns, label_selector="page").items, [])

    def test_who_am_i_and_versions(self):
        self.assertEqual(client.VersionApi().get_code().minor, "36")
        self.assertIn("system:masters", client.AuthenticationV1Api().create_self_subject_review({}).status.user_info.groups)
        self.assertTrue(client.AuthorizationV1Api().create_self_subject_access_review({"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}).status.allowed)
        self.assertIn("apps", [group.name for group in client.ApisApi().get_api_versions().groups])
        self.assertEqual(client.CoreApi().get_api_versions().versions, ["v1"])


class Watching(ClusterCase):
    def test_a_watch_tells_what_follows_and_ends_on_time(self):
        self.core.create_namespaced_config_map(self.ns, config_map("before"))
        listed = self.core.list_namespaced_config_map(self.ns)
        writer = threading.Timer(0.3, lambda: [
            self.core.create_namespaced_config_map(self.ns, config_map("after")),
            self.core.patch_namespaced_config_map("after", self.ns, {"data": {"a": "1"}}),
            self.core.delete_namespaced_config_map("after", self.ns),
        ])
        writer.start()
        seen = [(e["type"], e["object"].metadata.name) for e in watch.Watch().stream(self.core.list_namespaced_config_map, self.ns, resource_version=listed.metadata.resource_version, timeout_seconds=2)]
        self.assertEqual(seen, [("ADDED", "after"), ("MODIFIED", "after"), ("DELETED", "after")])

    def test_a_watch_without_a_version_begins_with_what_is_there(self):
        self.core.create_namespaced_config_map(self.ns, config_map("there"))
        names = {e["object"].metadata.name for e in watch.Watch().stream(self.core.list_namespaced_config_map, self.ns, timeout_seconds=1)}
        self.assertLessEqual({"there", "kube-root-ca.crt"}, names)

    def test_an_informer_keeps_a_cache(self):
        added, deleted = [], []
        informer = SharedInformer(self.core.list_namespaced_config_map, namespace=self.ns, label_selector="informed")
        informer.add_event_handler("ADDED", lambda o: added.append(o.metadata.name))
        informer.add_event_handler("DELETED", lambda o: deleted.append(o.metadata.name))
        informer.start()
        try:
            time.sleep(0.3)
            for name in ("one", "two"):
                self.core.create_namespaced_config_map(self.ns, config_map(name, labels={"informed": "yes"}))
            self.eventually(lambda: len(informer.cache.list()) == 2)
            self.core.delete_namespaced_config_map("one", self.ns)
            self.eventually(lambda: len(informer.cache.list()) == 1)
            self.assertEqual((sorted(added), deleted), (["one", "two"], ["one"]))
        finally:
            informer.stop()


class Wholes(ClusterCase):
    def test_create_from_yaml_and_apply_again(self):
        documents = [config_map("from-yaml", {"a": "1"}), DEPLOYMENT, {"apiVersion": "v1", "kind": "List", "items": [config_map("in-a-list")]}]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump_all(documents, file)
            file.flush()
            utils.create_from_yaml(client.ApiClient(), file.name, namespace=self.ns)
            with self.assertRaises(utils.FailToCreateError) as again:
                utils.create_from_yaml(client.ApiClient(), file.name, namespace=self.ns)
            self.assertEqual({e.status for e in again.exception.api_exceptions}, {409})
        self.assertEqual(self.core.read_namespaced_config_map("in-a-list", self.ns).data, None)
        self.assertEqual(self.core.read_namespaced_config_map("from-yaml", self.ns).data, {"a": "1"})

    def test_leader_election_by_a_config_map(self):
        led = threading.Event()
        chosen = electionconfig.Config(ConfigMapLock("chair", self.ns, "one"), lease_duration=5, renew_deadline=3, retry_period=1.5, onstarted_leading=led.set, onstopped_leading=lambda: None)
        threading.Thread(target=leaderelection.LeaderElection(chosen).run, daemon=True).start()
        self.assertTrue(led.wait(10))
        self.assertIn('"one"', self.core.read_namespaced_config_map("chair", self.ns).metadata.annotations["control-plane.alpha.kubernetes.io/leader"])


if __name__ == "__main__":
    unittest.main()

"""Streams of a pod that runs the image which $IMAGE names, and serves /www on port 8080."""
import os
import unittest

from kubernetes import watch
from kubernetes.stream import portforward, stream

from base_case import ClusterCase


class Streams(ClusterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        command = ["sh", "-c", "httpd -p 8080 -h /www; echo started; echo done; sleep 10000"]
        cls.core.create_namespaced_pod(cls.ns, {"metadata": {"name": "box"}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": os.environ["IMAGE"], "command": command}]}})
        for event in watch.Watch().stream(cls.core.list_namespaced_pod, cls.ns, timeout_seconds=60):
            if any(status.ready for status in event["object"].status.container_statuses or []):
                break

    def exec(self, command, **options):
        return stream(self.core.connect_get_namespaced_pod_exec, "box", self.ns, command=["sh", "-c", command], stdout=True, stderr=True, **options)

    def test_exec_gives_the_output(self):
        self.assertEqual(self.exec("echo out; echo err >&2"), "out\nerr\n")

    def test_exec_with_input_and_exit_code(self):
        running = self.exec("read line; echo got $line; exit 3", stdin=True, _preload_content=False)
        running.write_stdin("hello\n")
        self.assertEqual(running.readline_stdout(timeout=10), "got hello")
        running.run_forever(timeout=10)
        self.assertEqual(running.returncode, 3)

    def test_exec_of_bytes(self):
        running = self.exec("head -c 100000 /dev/zero", binary=True, _preload_content=False)
        running.run_forever(timeout=20)
        self.assertEqual(running.read_all(), bytes(100000))

    def test_logs_whole_and_followed(self):
        self.eventually(lambda: self.core.read_namespaced_pod_log("box", self.ns, _preload_content=False).data == b"started\ndone\n")
        followed = watch.Watch().stream(self.core.read_namespaced_pod_log, "box", self.ns, tail_lines=1)
        self.assertEqual(next(followed), "done")

    def test_port_forward(self):
        forward = portforward(self.core.connect_get_namespaced_pod_portforward, "box", self.ns, ports="8080")
        socket = forward.socket(8080)
        socket.settimeout(10)
        socket.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while chunk := socket.recv(1024):
            answer += chunk
        self.assertTrue(answer.endswith(b"\r\n\r\nIsopod\n"), answer)
        self.assertIsNone(forward.error(8080))

    def test_the_proxy(self):
        self.assertEqual(self.core.connect_get_namespaced_pod_proxy("box:8080", self.ns, _preload_content=False).data, b"Isopod\n")


if __name__ == "__main__":
    unittest.main()

package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
)

// The pod runs the image that $IMAGE names, and serves /www on port 8080.
func runningPod(t *testing.T) (string, *rest.Request) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	_, err := client.CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "box"}, Spec: corev1.PodSpec{
		TerminationGracePeriodSeconds: ptr[int64](0),
		Containers:                    []corev1.Container{{Name: "main", Image: os.Getenv("IMAGE"), Stdin: true, Command: []string{"sh", "-c", "httpd -p 8080 -h /www; echo started; while read line; do echo got $line; done; sleep 10000"}}},
	}}, metav1.CreateOptions{})
	must(t, err)
	eventually(t, "the pod is ready", func(ctx context.Context) (bool, error) {
		pod, err := client.CoreV1().Pods(ns).Get(ctx, "box", metav1.GetOptions{})
		return err == nil && len(pod.Status.ContainerStatuses) == 1 && pod.Status.ContainerStatuses[0].Ready, err
	})
	return ns, client.CoreV1().RESTClient().Post().Namespace(ns).Resource("pods").Name("box")
}

func TestExecAttachLogsAndPortForward(t *testing.T) {
	ns, pod := runningPod(t)
	executor := func(t *testing.T, subresource string, options runtime.Object) remotecommand.Executor {
		request := *pod
		executor, err := remotecommand.NewWebSocketExecutor(config(t), "GET", request.SubResource(subresource).VersionedParams(options, scheme.ParameterCodec).URL().String())
		must(t, err)
		return executor
	}

	t.Run("exec carries input, both outputs and the exit code", func(t *testing.T) {
		var out, errors bytes.Buffer
		err := executor(t, "exec", &corev1.PodExecOptions{Command: []string{"sh", "-c", "wc -c; echo problem >&2; exit 7"}, Stdin: true, Stdout: true, Stderr: true}).
			StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdin: strings.NewReader(strings.Repeat("x", 300_000)), Stdout: &out, Stderr: &errors})
		code, ok := asExit(err)
		equal(t, ok, true, fmt.Sprint("an exit status: ", err))
		equal(t, code, 7, "exit code")
		equal(t, strings.TrimSpace(out.String())+errors.String(), "300000problem\n", "outputs")
	})
	t.Run("exec with a terminal has its size", func(t *testing.T) {
		var out bytes.Buffer
		sizes := make(sizeQueue, 1)
		sizes <- remotecommand.TerminalSize{Width: 91, Height: 33}
		open, _ := io.Pipe() // the end of a terminal's input is its end
		must(t, executor(t, "exec", &corev1.PodExecOptions{Command: []string{"sh", "-c", "sleep 0.5; stty size"}, Stdin: true, Stdout: true, TTY: true}).
			StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdin: open, Stdout: &out, Tty: true, TerminalSizeQueue: sizes}))
		equal(t, strings.TrimSpace(out.String()), "33 91", "size")
	})
	t.Run("attach reaches the container's input, and its log tells", func(t *testing.T) {
		in, keyboard := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			_ = executor(t, "attach", &corev1.PodAttachOptions{Container: "main", Stdin: true, Stdout: true, Stderr: true}).StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: io.Discard, Stderr: io.Discard})
		}()
		go func() { _, _ = keyboard.Write([]byte("hello\n")) }()
		log, err := typed(t, protobuf(t)).CoreV1().Pods(ns).GetLogs("box", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
		must(t, err)
		defer log.Close()
		text := ""
		for buffer := make([]byte, 100); !strings.Contains(text, "got hello"); {
			n, err := log.Read(buffer)
			must(t, err)
			text += string(buffer[:n])
		}
		equal(t, strings.HasPrefix(text, "started\n"), true, "what came first")
	})
	t.Run("port-forward over a WebSocket", func(t *testing.T) {
		request := *pod
		dialer, err := portforward.NewSPDYOverWebsocketDialer(request.SubResource("portforward").URL(), config(t))
		must(t, err)
		stop, ready := make(chan struct{}), make(chan struct{})
		forwarder, err := portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
		must(t, err)
		ended := make(chan error, 1)
		go func() { ended <- forwarder.ForwardPorts() }()
		<-ready
		ports, err := forwarder.GetPorts()
		must(t, err)
		for range 5 {
			answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", ports[0].Local))
			must(t, err)
			body, err := io.ReadAll(answer.Body)
			must(t, err)
			answer.Body.Close()
			equal(t, string(body), "Isopod\n", "the page")
		}
		close(stop)
		must(t, <-ended)
	})
	t.Run("the proxies of pods", func(t *testing.T) {
		body, err := typed(t, protobuf(t)).CoreV1().Pods(ns).ProxyGet("http", "box", "8080", "/", nil).DoRaw(t.Context())
		must(t, err)
		equal(t, string(body), "Isopod\n", "the page")
	})
}

type sizeQueue chan remotecommand.TerminalSize

func (q sizeQueue) Next() *remotecommand.TerminalSize {
	size, ok := <-q
	if !ok {
		return nil
	}
	return &size
}

func asExit(err error) (int, bool) {
	var exit exec.CodeExitError
	return exit.Code, errors.As(err, &exit)
}

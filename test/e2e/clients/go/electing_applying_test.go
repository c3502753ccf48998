package clients

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func statefulSet(name string) *appsv1.StatefulSet {
	labels := map[string]string{"app": name}
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.StatefulSetSpec{
		Replicas: ptr[int32](0), Selector: &metav1.LabelSelector{MatchLabels: labels}, ServiceName: name,
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "x"}}}},
	}}
}

func TestOneLeaderAtATime(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	leading, lost := make(chan string, 10), make(chan string, 10)
	stand := func(ctx context.Context, name string) {
		lock, err := resourcelock.New(resourcelock.LeasesResourceLock, ns, "chair", client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: name})
		must(t, err)
		go leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leading <- name },
				OnStoppedLeading: func() { lost <- name },
			},
		})
	}
	first, stop := context.WithCancel(t.Context())
	stand(first, "one")
	equal(t, <-leading, "one", "the first leader")
	stand(t.Context(), "two")
	select {
	case name := <-leading:
		t.Fatalf("%s leads beside the first", name)
	case <-time.After(time.Second):
	}
	stop()
	equal(t, <-lost, "one", "who stopped")
	equal(t, <-leading, "two", "the next leader")
	lease, err := client.CoordinationV1().Leases(ns).Get(t.Context(), "chair", metav1.GetOptions{})
	must(t, err)
	equal(t, *lease.Spec.HolderIdentity, "two", "who holds the lease")
	equal(t, *lease.Spec.LeaseTransitions > 0, true, "transitions")
}

func TestApplyConfigurations(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	deployments, labels := client.AppsV1().Deployments(ns), map[string]string{"app": "web"}
	wanted := appsapply.Deployment("web", ns).WithLabels(labels).WithSpec(appsapply.DeploymentSpec().WithReplicas(0).
		WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().WithContainers(
			coreapply.Container().WithName("web").WithImage("web:1").WithPorts(coreapply.ContainerPort().WithContainerPort(80)).WithEnv(coreapply.EnvVar().WithName("A").WithValue("1")),
		))))
	made, err := deployments.Apply(t.Context(), wanted, metav1.ApplyOptions{FieldManager: "one"})
	must(t, err)
	equal(t, made.ManagedFields[0].Manager, "one", "manager")

	other := appsapply.Deployment("web", ns).WithSpec(appsapply.DeploymentSpec().WithReplicas(2))
	_, err = deployments.Apply(t.Context(), other, metav1.ApplyOptions{FieldManager: "two"})
	equal(t, apierrors.IsConflict(err), true, "a field of another's conflicts")
	equal(t, apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict), true, "its cause")
	_, err = deployments.Apply(t.Context(), other, metav1.ApplyOptions{FieldManager: "two", Force: true})
	must(t, err)

	current, err := deployments.Get(t.Context(), "web", metav1.GetOptions{})
	must(t, err)
	extracted, err := appsapply.ExtractDeployment(current, "one")
	must(t, err)
	equal(t, extracted.Spec.Replicas == nil, true, "the first owns the number no more")
	equal(t, *extracted.Spec.Template.Spec.Containers[0].Image, "web:1", "but the image")
	extracted.Spec.Template.Spec.Containers[0].Env = nil
	applied, err := deployments.Apply(t.Context(), extracted, metav1.ApplyOptions{FieldManager: "one"})
	must(t, err)
	equal(t, len(applied.Spec.Template.Spec.Containers[0].Env), 0, "what is applied no more is gone")

	status, err := deployments.ApplyStatus(t.Context(), appsapply.Deployment("web", ns).WithStatus(appsapply.DeploymentStatus().WithConditions(
		appsapply.DeploymentCondition().WithType("Odd").WithStatus(corev1.ConditionTrue).WithReason("Go").WithMessage("m"))), metav1.ApplyOptions{FieldManager: "status", Force: true})
	must(t, err)
	equal(t, *status.Spec.Replicas, 2, "a status that is applied leaves the rest")
}

func TestPatchesOfEveryKind(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	sets := client.AppsV1().StatefulSets(ns)
	_, err := sets.Create(t.Context(), statefulSet("db"), metav1.CreateOptions{})
	must(t, err)
	for kind, patch := range map[types.PatchType]string{
		types.JSONPatchType:           `[{"op":"add","path":"/metadata/labels","value":{"by":"go"}}]`,
		types.MergePatchType:          `{"metadata":{"annotations":{"note":"yes"}}}`,
		types.StrategicMergePatchType: `{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"y"}]}}}}`,
		types.ApplyYAMLPatchType:      "apiVersion: apps/v1\nkind: StatefulSet\nspec:\n  persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete }\n",
	} {
		options := metav1.PatchOptions{FieldManager: "go"}
		if kind == types.ApplyYAMLPatchType {
			options.Force = ptr(true) // who made it owns its defaults
		}
		_, err := sets.Patch(t.Context(), "db", kind, []byte(patch), options)
		must(t, err)
	}
	set, err := sets.Get(t.Context(), "db", metav1.GetOptions{})
	must(t, err)
	equal(t, set.Labels["by"]+set.Annotations["note"]+set.Spec.Template.Spec.Containers[0].Image+string(set.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted), "goyesyDelete", "what they left")
}

func TestEventsAreCountedAsASeries(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	must(t, broadcaster.StartRecordingToSinkWithContext(t.Context()))
	recorder := broadcaster.NewRecorder(scheme.Scheme, "go-test")
	object, err := client.CoreV1().ConfigMaps(ns).Create(t.Context(), configMap("told", nil), metav1.CreateOptions{})
	must(t, err)
	for range 3 {
		recorder.Eventf(object, nil, corev1.EventTypeWarning, "Odd", "Looking", "it is odd")
	}
	eventually(t, "an event with a series", func(ctx context.Context) (bool, error) {
		list, err := client.CoreV1().Events(ns).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=told"})
		return err == nil && len(list.Items) == 1 && list.Items[0].ReportingController == "go-test", err
	})
}

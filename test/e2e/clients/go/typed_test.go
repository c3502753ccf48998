package clients

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

func TestTypedClientsInBothEncodings(t *testing.T) {
	for name, config := range map[string]*rest.Config{"json": config(t), "protobuf": protobuf(t)} {
		t.Run(name, func(t *testing.T) {
			client, ns := typed(t, config), namespace(t)
			deployments := client.AppsV1().Deployments(ns)
			labels := map[string]string{"app": "web"}
			wanted := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: appsv1.DeploymentSpec{
				Replicas: ptr[int32](0), Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "web", Image: "web:1",
					Resources:     corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("1Gi")}},
					LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromString("http")}}},
					Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: 80}},
				}}}},
			}}
			made, err := deployments.Create(t.Context(), wanted, metav1.CreateOptions{FieldManager: "go", FieldValidation: "Strict"})
			must(t, err)
			container := made.Spec.Template.Spec.Containers[0]
			equal(t, container.LivenessProbe.HTTPGet.Port.String(), "http", "the port's name")
			equal(t, container.Resources.Requests.Memory().Value(), 1<<30, "memory")
			equal(t, *made.Spec.RevisionHistoryLimit, 10, "a default")

			read, err := deployments.Get(t.Context(), "web", metav1.GetOptions{})
			must(t, err)
			if !equality.Semantic.DeepEqual(read.Spec, made.Spec) {
				t.Fatalf("read %v, made %v", read.Spec, made.Spec)
			}
			must(t, retry.RetryOnConflict(retry.DefaultRetry, func() error {
				current, err := deployments.Get(t.Context(), "web", metav1.GetOptions{})
				if err != nil {
					return err
				}
				current.Spec.Template.Spec.Containers[0].Image = "web:2"
				_, err = deployments.Update(t.Context(), current, metav1.UpdateOptions{})
				return err
			}))
			_, err = deployments.Update(t.Context(), made, metav1.UpdateOptions{})
			equal(t, apierrors.IsConflict(err), true, "an old version conflicts")
			scale, err := deployments.UpdateScale(t.Context(), "web", &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: ns}, Spec: autoscalingv1.ScaleSpec{Replicas: 2}}, metav1.UpdateOptions{})
			must(t, err)
			equal(t, scale.Spec.Replicas, 2, "the scale")
			patched, err := deployments.Patch(t.Context(), "web", types.StrategicMergePatchType, []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}}`), metav1.PatchOptions{})
			must(t, err)
			equal(t, len(patched.Spec.Template.Spec.Containers), 2, "containers")
			list, err := deployments.List(t.Context(), metav1.ListOptions{})
			must(t, err)
			equal(t, len(list.Items), 1, "items")
			must(t, deployments.Delete(t.Context(), "web", metav1.DeleteOptions{PropagationPolicy: ptr(metav1.DeletePropagationForeground), Preconditions: &metav1.Preconditions{UID: &made.UID}}))
		})
	}
}

func TestErrorsAreOfTheKindsThatProgramsAskFor(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	maps := client.CoreV1().ConfigMaps(ns)
	_, err := maps.Get(t.Context(), "nothing", metav1.GetOptions{})
	equal(t, apierrors.IsNotFound(err), true, fmt.Sprint("not found: ", err))
	_, err = maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	must(t, err)
	_, err = maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	equal(t, apierrors.IsAlreadyExists(err), true, fmt.Sprint("already exists: ", err))
	_, err = maps.Create(t.Context(), configMap("Not A Name", nil), metav1.CreateOptions{})
	equal(t, apierrors.IsInvalid(err), true, fmt.Sprint("invalid: ", err))
	equal(t, apierrors.HasStatusCause(err, metav1.CauseTypeFieldValueInvalid), true, "its cause")
	_, err = client.CoreV1().ConfigMaps("no-such-namespace").Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	equal(t, apierrors.HasStatusCause(err, metav1.CauseType("")) || apierrors.IsNotFound(err), true, fmt.Sprint("no namespace: ", err))
	err = maps.Delete(t.Context(), "one", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr(types.UID("other"))}})
	equal(t, apierrors.IsConflict(err), true, fmt.Sprint("conflict: ", err))
	_, err = maps.List(t.Context(), metav1.ListOptions{Continue: "not a token"})
	equal(t, apierrors.IsBadRequest(err), true, fmt.Sprint("bad request: ", err))
	jane := config(t)
	jane.Impersonate = rest.ImpersonationConfig{UserName: "jane", Groups: []string{"crew"}}
	_, err = typed(t, jane).CoreV1().Secrets(ns).List(t.Context(), metav1.ListOptions{})
	equal(t, apierrors.IsForbidden(err), true, fmt.Sprint("forbidden: ", err))
	stranger := rest.AnonymousClientConfig(config(t))
	stranger.BearerToken = "wrong"
	_, err = typed(t, stranger).CoreV1().Secrets(ns).List(t.Context(), metav1.ListOptions{})
	equal(t, apierrors.IsUnauthorized(err), true, fmt.Sprint("unauthorized: ", err))
}

type warnings struct {
	sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(code int, agent, text string) {
	w.Lock()
	defer w.Unlock()
	w.texts = append(w.texts, text)
}

func TestReviewsTokensEvictionsAndWarnings(t *testing.T) {
	ns, heard := namespace(t), &warnings{}
	config := protobuf(t)
	config.WarningHandler = heard
	client := typed(t, config)
	_, err := client.CoreV1().ServiceAccounts(ns).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}, metav1.CreateOptions{})
	must(t, err)
	token, err := client.CoreV1().ServiceAccounts(ns).CreateToken(t.Context(), "robot", &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr[int64](900)}}, metav1.CreateOptions{})
	must(t, err)
	review, err := client.AuthenticationV1().TokenReviews().Create(t.Context(), &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token.Status.Token}}, metav1.CreateOptions{})
	must(t, err)
	equal(t, review.Status.User.Username, "system:serviceaccount:"+ns+":robot", "whose token it is")
	access, err := client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: review.Status.User.Username, ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: ns, Verb: "get", Resource: "pods"},
	}}, metav1.CreateOptions{})
	must(t, err)
	equal(t, access.Status.Allowed, false, "access")

	pod, err := client.CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "one"}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "c", Image: "x", Env: []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}}},
	}}, metav1.CreateOptions{})
	must(t, err)
	equal(t, len(heard.texts), 1, fmt.Sprint("warnings about a name that is given twice: ", heard.texts))
	must(t, retry.RetryOnConflict(retry.DefaultRetry, func() error { // the scheduler writes its conditions meanwhile
		if pod, err = client.CoreV1().Pods(ns).Get(t.Context(), "one", metav1.GetOptions{}); err != nil {
			return err
		}
		pod.Status.Phase = corev1.PodRunning
		pod, err = client.CoreV1().Pods(ns).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
		return err
	}))
	equal(t, pod.Status.Phase, corev1.PodRunning, "its phase")
	must(t, client.CoreV1().Pods(ns).EvictV1(t.Context(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "one", Namespace: ns}}))
}

func TestDeleteCollectionAndRawRequests(t *testing.T) {
	client, ns := typed(t, config(t)), namespace(t)
	maps := client.CoreV1().ConfigMaps(ns)
	for i := range 5 {
		_, err := maps.Create(t.Context(), configMap(fmt.Sprint("m", i), map[string]string{"n": fmt.Sprint(i)}), metav1.CreateOptions{})
		must(t, err)
	}
	must(t, maps.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=go", FieldSelector: "metadata.name!=m3"}))
	list, err := maps.List(t.Context(), metav1.ListOptions{LabelSelector: "app"})
	must(t, err)
	equal(t, len(list.Items), 1, "what is left")
	raw, err := client.CoreV1().RESTClient().Get().AbsPath("/readyz").Param("verbose", "true").DoRaw(t.Context())
	must(t, err)
	if len(raw) == 0 {
		t.Fatal("readyz says nothing")
	}
	body, err := client.CoreV1().RESTClient().Get().Namespace(ns).Resource("configmaps").Name("m3").DoRaw(t.Context())
	must(t, err)
	var object map[string]any
	must(t, json.Unmarshal(body, &object))
	equal(t, object["kind"].(string), "ConfigMap", "kind")
}

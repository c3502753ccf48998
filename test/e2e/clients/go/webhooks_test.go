package clients

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// warden sees to Shops at the door, as an operator's webhooks do.
type warden struct{}

func (warden) Default(_ context.Context, shop *Shop) error {
	if shop.Spec.Goods == 0 {
		shop.Spec.Goods = 7
	}
	return nil
}

func (warden) ValidateCreate(ctx context.Context, shop *Shop) (admission.Warnings, error) {
	request, err := admission.RequestFromContext(ctx)
	if err == nil && shop.Spec.Owner == "nobody" {
		err = errors.New("a shop needs an owner, " + request.UserInfo.Username)
	}
	return admission.Warnings{"shops close at eight"}, err
}

func (warden) ValidateUpdate(_ context.Context, before, after *Shop) (admission.Warnings, error) {
	if before.Spec.Owner != after.Spec.Owner {
		return nil, apierrors.NewForbidden(shops.WithResource("shops").GroupResource(), after.Name, errors.New("it is not for sale"))
	}
	return nil, nil
}

func (warden) ValidateDelete(_ context.Context, shop *Shop) (admission.Warnings, error) {
	if shop.Spec.Goods > 0 {
		return nil, errors.New("sell the goods first")
	}
	return nil, nil
}

func rules(operations ...admissionv1.OperationType) []admissionv1.RuleWithOperations {
	return []admissionv1.RuleWithOperations{{Operations: operations, Rule: admissionv1.Rule{APIGroups: []string{shops.Group}, APIVersions: []string{"*"}, Resources: []string{"shops"}}}}
}

// The webhooks of a manager on this machine; $HOST_ADDRESS is its address as the nodes reach it.
func TestAManagerWithWebhooks(t *testing.T) {
	made, ns := shopScheme(t), namespace(t)
	must(t, admissionv1.AddToScheme(made))
	service := func(path string) admissionv1.WebhookClientConfig {
		return admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: ns, Name: "replaced-by-envtest", Path: &path}}
	}
	heard := &warnings{}
	given := config(t)
	given.WarningHandler = heard
	environment := &envtest.Environment{
		UseExistingCluster: ptr(true), Config: given,
		CRDInstallOptions: envtest.CRDInstallOptions{Scheme: made, CRDs: []*apiextensionsv1.CustomResourceDefinition{shopDefinition()}, CleanUpAfterUse: true},
		WebhookInstallOptions: envtest.WebhookInstallOptions{
			LocalServingHost: os.Getenv("HOST_ADDRESS"),
			MutatingWebhooks: []*admissionv1.MutatingWebhookConfiguration{{
				TypeMeta: metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "MutatingWebhookConfiguration"}, ObjectMeta: metav1.ObjectMeta{Name: ns},
				Webhooks: []admissionv1.MutatingWebhook{{Name: "default.market.example.com", ClientConfig: service("/mutate-market-example-com-v1-shop"), SideEffects: ptr(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"}, Rules: rules("CREATE")}},
			}},
			ValidatingWebhooks: []*admissionv1.ValidatingWebhookConfiguration{{
				TypeMeta: metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingWebhookConfiguration"}, ObjectMeta: metav1.ObjectMeta{Name: ns},
				Webhooks: []admissionv1.ValidatingWebhook{{Name: "validate.market.example.com", ClientConfig: service("/validate-market-example-com-v1-shop"), SideEffects: ptr(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"}, Rules: rules("CREATE", "UPDATE", "DELETE")}},
			}},
		},
	}
	config, err := environment.Start()
	must(t, err)
	t.Cleanup(func() {
		hooks := typed(t, given).AdmissionregistrationV1() // envtest leaves them
		_ = hooks.MutatingWebhookConfigurations().Delete(context.Background(), ns, metav1.DeleteOptions{})
		_ = hooks.ValidatingWebhookConfigurations().Delete(context.Background(), ns, metav1.DeleteOptions{})
		must(t, environment.Stop())
	})
	serving := environment.WebhookInstallOptions
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: made, Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: webhook.NewServer(webhook.Options{Host: serving.LocalServingHost, Port: serving.LocalServingPort, CertDir: serving.LocalServingCertDir}),
	})
	must(t, err)
	must(t, ctrl.NewWebhookManagedBy(manager, &Shop{}).WithDefaulter(warden{}).WithValidator(warden{}).Complete())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	eventually(t, "the webhooks are served", func(context.Context) (bool, error) {
		return manager.GetWebhookServer().StartedChecker()(nil) == nil, nil
	})

	direct, err := client.New(config, client.Options{Scheme: made})
	must(t, err)
	shop := &Shop{ObjectMeta: metav1.ObjectMeta{Name: "books", Namespace: ns}, Spec: ShopSpec{Owner: "ann"}}
	must(t, direct.Create(ctx, shop))
	equal(t, shop.Spec.Goods, 7, "a default")
	equal(t, strings.Join(heard.texts, ""), "shops close at eight", "warnings")
	refused := direct.Create(ctx, &Shop{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: ns}, Spec: ShopSpec{Owner: "nobody"}})
	equal(t, apierrors.IsForbidden(refused), true, "an owner is needed")
	equal(t, strings.HasPrefix(refused.Error(), `admission webhook "validate.market.example.com" denied the request: a shop needs an owner, `), true, refused.Error())
	shop.Spec.Owner = "bob"
	equal(t, apierrors.IsForbidden(direct.Update(ctx, shop)), true, "it is not for sale")
	equal(t, apierrors.IsForbidden(direct.Delete(ctx, shop)), true, "goods are left")
	must(t, direct.Patch(ctx, shop, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"goods":0}}`))))
	must(t, direct.Delete(ctx, shop))
	stop()
	must(t, <-ended)
}

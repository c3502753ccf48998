package clients

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Shop is a custom resource as an operator's authors write one.
type Shop struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              ShopSpec   `json:"spec,omitempty"`
	Status            ShopStatus `json:"status,omitempty"`
}

type ShopSpec struct {
	Owner string `json:"owner"`
	Goods int    `json:"goods"`
}

type ShopStatus struct {
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	Stock      int                `json:"stock,omitempty"`
}

type ShopList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Shop `json:"items"`
}

func (s *Shop) DeepCopyObject() runtime.Object {
	copied := *s
	s.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	copied.Status.Conditions = append([]metav1.Condition(nil), s.Status.Conditions...)
	return &copied
}

func (l *ShopList) DeepCopyObject() runtime.Object {
	copied := ShopList{TypeMeta: l.TypeMeta, ListMeta: l.ListMeta}
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].DeepCopyObject().(*Shop))
	}
	return &copied
}

var shops = schema.GroupVersion{Group: "market.example.com", Version: "v1"}

func shopScheme(t *testing.T) *runtime.Scheme {
	made := runtime.NewScheme()
	must(t, clientgoscheme.AddToScheme(made))
	must(t, apiextensionsv1.AddToScheme(made))
	made.AddKnownTypes(shops, &Shop{}, &ShopList{})
	metav1.AddToGroupVersion(made, shops)
	return made
}

func shopDefinition() *apiextensionsv1.CustomResourceDefinition {
	open := apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: ptr(true)}
	spec := apiextensionsv1.JSONSchemaProps{Type: "object", Required: []string{"owner"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"owner": {Type: "string", MinLength: ptr[int64](1)}, "goods": {Type: "integer", Minimum: ptr(0.0)},
	}}
	return &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "shops.market.example.com"}, Spec: apiextensionsv1.CustomResourceDefinitionSpec{
		Group: shops.Group, Scope: apiextensionsv1.NamespaceScoped, Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "shops", Singular: "shop", Kind: "Shop", ListKind: "ShopList"},
		Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
			Name: shops.Version, Served: true, Storage: true, Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
			Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"spec": spec, "status": open}}},
		}},
	}}
}

// keeper is a reconciler: a ConfigMap for each Shop, a condition in its status, and a finalizer that tidies up.
type keeper struct {
	client.Client
	closed chan string
}

const finalizer = "market.example.com/close"

func (k *keeper) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	shop := &Shop{}
	if err := k.Get(ctx, request.NamespacedName, shop); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !shop.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(shop, finalizer) {
			// Told when it is done: an update of what the cache has late is refused and tried again.
			err := k.Update(ctx, shop)
			if err == nil {
				k.closed <- shop.Name
			}
			return ctrl.Result{}, err
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(shop, finalizer) {
		if err := k.Update(ctx, shop); err != nil {
			return ctrl.Result{}, err
		}
	}
	shelf := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: shop.Name, Namespace: shop.Namespace}}
	if _, err := controllerutil.CreateOrUpdate(ctx, k.Client, shelf, func() error {
		shelf.Data = map[string]string{"owner": shop.Spec.Owner}
		return controllerutil.SetControllerReference(shop, shelf, k.Scheme())
	}); err != nil {
		return ctrl.Result{}, err
	}
	before := shop.DeepCopyObject().(*Shop)
	shop.Status.Stock = shop.Spec.Goods
	meta.SetStatusCondition(&shop.Status.Conditions, metav1.Condition{Type: "Open", Status: metav1.ConditionTrue, Reason: "Stocked", ObservedGeneration: shop.Generation})
	return ctrl.Result{RequeueAfter: time.Hour}, k.Status().Patch(ctx, shop, client.MergeFrom(before))
}

func TestAManagerWithAReconciler(t *testing.T) {
	log.SetLogger(zap.New())
	made, ns := shopScheme(t), namespace(t)
	environment := &envtest.Environment{
		UseExistingCluster: ptr(true), Config: config(t),
		CRDInstallOptions: envtest.CRDInstallOptions{Scheme: made, CRDs: []*apiextensionsv1.CustomResourceDefinition{shopDefinition()}, CleanUpAfterUse: true},
	}
	config, err := environment.Start()
	must(t, err)
	t.Cleanup(func() { must(t, environment.Stop()) })

	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: made, Metrics: metricsserver.Options{BindAddress: "0"}, LeaderElection: true, LeaderElectionID: "market", LeaderElectionNamespace: ns, LeaderElectionReleaseOnCancel: true,
	})
	must(t, err)
	must(t, manager.GetFieldIndexer().IndexField(t.Context(), &Shop{}, "spec.owner", func(object client.Object) []string { return []string{object.(*Shop).Spec.Owner} }))
	work := &keeper{Client: manager.GetClient(), closed: make(chan string, 10)}
	must(t, ctrl.NewControllerManagedBy(manager).For(&Shop{}).Owns(&corev1.ConfigMap{}).Complete(work))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	equal(t, manager.GetCache().WaitForCacheSync(ctx), true, "the cache is filled")

	direct, err := client.New(config, client.Options{Scheme: made})
	must(t, err)
	key := client.ObjectKey{Namespace: ns, Name: "books"}
	must(t, direct.Create(ctx, &Shop{ObjectMeta: metav1.ObjectMeta{Name: "books", Namespace: ns}, Spec: ShopSpec{Owner: "ann", Goods: 3}}))
	must(t, direct.Create(ctx, &Shop{ObjectMeta: metav1.ObjectMeta{Name: "toys", Namespace: ns}, Spec: ShopSpec{Owner: "bob"}}))
	invalid := direct.Create(ctx, &Shop{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: ns}, Spec: ShopSpec{Goods: -1, Owner: "x"}})
	equal(t, apierrors.IsInvalid(invalid), true, "a negative number is refused")

	shop := &Shop{}
	eventually(t, "the shop opens", func(ctx context.Context) (bool, error) {
		err := direct.Get(ctx, key, shop)
		return err == nil && meta.IsStatusConditionTrue(shop.Status.Conditions, "Open") && shop.Status.Stock == 3, err
	})
	shelf := &corev1.ConfigMap{}
	must(t, direct.Get(ctx, key, shelf))
	equal(t, metav1.IsControlledBy(shelf, shop), true, "the shelf is the shop's")

	must(t, direct.Delete(ctx, shelf))
	eventually(t, "the shelf is put back", func(ctx context.Context) (bool, error) {
		return direct.Get(ctx, key, shelf) == nil, nil
	})
	found := &ShopList{}
	eventually(t, "the index finds by owner", func(ctx context.Context) (bool, error) {
		err := manager.GetClient().List(ctx, found, client.InNamespace(ns), client.MatchingFields{"spec.owner": "ann"})
		return len(found.Items) == 1 && found.Items[0].Name == "books", err
	})
	must(t, direct.Patch(ctx, shop, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"goods":5},"status":{"stock":99}}`))))
	eventually(t, "the stock follows", func(ctx context.Context) (bool, error) {
		err := direct.Get(ctx, key, shop)
		return shop.Status.Stock == 5 && shop.Generation > 1, err
	})
	must(t, direct.Delete(ctx, shop))
	equal(t, <-work.closed, "books", "what was tidied up")
	eventually(t, "shop and shelf are gone", func(ctx context.Context) (bool, error) {
		return apierrors.IsNotFound(direct.Get(ctx, key, shop)) && apierrors.IsNotFound(direct.Get(ctx, key, shelf)), nil
	})
	must(t, direct.DeleteAllOf(ctx, &Shop{}, client.InNamespace(ns)))
	equal(t, <-work.closed, "toys", "what was tidied up at last")
	stop()
	must(t, <-ended)
}

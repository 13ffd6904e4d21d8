# The walk through the thesis, by its own names. Each target prints the thesis' kubectl command and runs it: with kubectl where there is
# one, else with airside, which takes the same words (deploy/airport/walk.sh). N and PAUSE say how many calls a load makes, and how far apart.

WALK := BIN="$(CURDIR)/$(BIN)" deploy/airport/walk.sh

.PHONY: deploy-app-default deploy-istio-default health start-cameras load load-front cpanel-50-50 cpanel-v2 scale_v2_x3 load_balancing \
	random fault-injection-500 fault-injection-delay10 timeout health-timeout retries health-retries circuit-breaker kiali all-reset

deploy-app-default: install
	@$(WALK) up
	@$(WALK) kubectl apply -f k8s
	@$(WALK) kubectl wait --for=condition=Available deployment --all --timeout=120s
	@$(WALK) kubectl get pods

deploy-istio-default: install
	@$(WALK) apply istio/dest_rule_all.yaml
	@$(WALK) apply istio/virt_svc_all.yaml
	@$(WALK) apply istio/ingress_gateway.yaml

health: install
	@$(WALK) call /status /cameras/1/state /cameras/2/state /collector/status /alerts/status /sections/1/status /momentum/status

start-cameras: install
	@$(WALK) call '/production?toggle=on'

load: install
	@$(WALK) load $(or $(N),100) $(or $(PAUSE),0.2) /status

load-front: install
	@$(WALK) load-front $(or $(N),100) $(or $(PAUSE),0.2)

# routing

cpanel-50-50: install
	@$(WALK) apply istio/virt_svc_50-50.yaml

cpanel-v2: install
	@$(WALK) apply istio/virt_svc_v2.yaml

# load balancing

scale_v2_x3: install
	@$(WALK) kubectl scale deployment cpanel-v2 --replicas=3
	@$(WALK) kubectl get pods

load_balancing: install
	@$(WALK) apply istio/round_robin.yaml

random: install
	@$(WALK) apply istio/random_lb.yaml

# resilience

fault-injection-500: install
	@$(WALK) apply istio/fault_injection_500.yaml

fault-injection-delay10: install
	@$(WALK) apply istio/fault_injection_delay10.yaml

timeout: install
	@$(WALK) apply istio/timeout.yaml

health-timeout: install
	@$(WALK) load $(or $(N),10) $(or $(PAUSE),0.2) /cameras/1/state

retries: install
	@$(WALK) share istio/retry_fault_only.yaml $(or $(N),100) /sections/1/status
	@$(WALK) restore istio/virt_svc_all.yaml collector section-1
	@$(WALK) apply istio/retry.yaml

health-retries: install
	@$(WALK) load $(or $(N),10) $(or $(PAUSE),0.2) /sections/1/status

circuit-breaker: install
	@$(WALK) apply istio/circuit_breaker.yaml

kiali: install
	@$(WALK) kiali

all-reset: install
	@$(WALK) kubectl delete service --all
	@$(WALK) kubectl delete deployment --all
	@$(WALK) kubectl delete virtualservice --all
	@$(WALK) kubectl delete destinationrule --all
	@$(WALK) kubectl delete gateways.networking.istio.io --all

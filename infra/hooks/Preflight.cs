namespace Serverless.Infra.Hooks;

/// <summary>Holds what is asked for against what there is.</summary>
public static class Preflight
{
    /// <summary>A100s of the serverless profile, of a subscription in a region.</summary>
    public const string ServerlessQuota = "SubscriptionConsumptionNCA100Gpus";

    /// <summary>A100s of dedicated profiles, of a subscription in a region.</summary>
    public const string DedicatedQuota = "SubscriptionNCA100Gpus";

    public static IReadOnlyList<Finding> Check(DeploymentPlan plan, AzureOffer offer)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(offer);
        return [.. Providers(offer), .. Region(plan, offer), .. Quota(plan, offer), .. Vault(plan, offer), .. ContentSafety(plan, offer)];
    }

    private static IEnumerable<Finding> Providers(AzureOffer offer) =>
        offer.UnregisteredProviders.Select(p => new Finding(false, $"Resource provider {p} is not registered: the deployment does it where the deployer may, else az provider register --namespace {p}"));

    private static IEnumerable<Finding> Region(DeploymentPlan plan, AzureOffer offer)
    {
        if (!offer.FlexRegions.Contains(plan.Location))
            yield return new Finding(true, $"AZURE_LOCATION {plan.Location} has no Flex Consumption; these have: {string.Join(", ", offer.FlexRegions.Order(StringComparer.Ordinal))}.");
        if (offer.WorkloadProfiles is { } profiles && !profiles.Contains(plan.WorkerProfile, StringComparer.OrdinalIgnoreCase))
        {
            var gpus = profiles.Where(p => p.Contains("A100", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToArray();
            var there = gpus.Length == 0 ? "it has no A100 at all" : $"it has {string.Join(", ", gpus)}";
            yield return new Finding(true, $"AZURE_LOCATION {plan.Location} does not offer WORKER_PROFILE {plan.WorkerProfile}: {there}.");
        }
    }

    private static IEnumerable<Finding> Quota(DeploymentPlan plan, AzureOffer offer)
    {
        if (offer.WorkloadProfiles is null) yield break;
        var name = plan.IsServerless ? ServerlessQuota : DedicatedQuota;
        if (!offer.GpuQuota.TryGetValue(name, out var left))
        {
            yield return new Finding(false, $"Azure did not say how much of quota {name} is left in {plan.Location}; look under Quotas, provider Azure Container Apps.");
            yield break;
        }

        if (left < plan.GpusPerReplica)
            yield return new Finding(false, $"Quota {name} has {left} GPUs left in {plan.Location} and one replica of {plan.WorkerProfile} takes {plan.GpusPerReplica}: unless a worker of this deployment is what holds them, its app will not start. Ask for more under Quotas, provider Azure Container Apps.");
        else if (left < 2 * plan.GpusPerReplica)
            yield return new Finding(false, $"Quota {name} has {left} GPUs left in {plan.Location}: enough for one replica, not for a new revision beside it (infra/README.md, Rolling out).");
        else if (left < plan.MaxReplicas * plan.GpusPerReplica)
            yield return new Finding(false, $"Quota {name} has {left} GPUs left in {plan.Location}, fewer than WORKER_MAX_REPLICAS {plan.MaxReplicas} may take.");
    }

    private static IEnumerable<Finding> Vault(DeploymentPlan plan, AzureOffer offer)
    {
        if (plan.RecoverVault && offer.DeletedVaults.Count == 0)
            yield return new Finding(true, $"KEY_VAULT_CREATE_MODE is recover, and environment {plan.EnvironmentName} has no deleted vault in {plan.Location}: azd env set KEY_VAULT_CREATE_MODE default");
        else if (!plan.RecoverVault && offer.DeletedVaults.Count > 0)
            yield return new Finding(true, $"Environment {plan.EnvironmentName} was deployed and deleted before, and left vault {string.Join(", ", offer.DeletedVaults)}: azd env set KEY_VAULT_CREATE_MODE recover, and default again when it is back. Or purge it, where it has no purge protection.");
    }

    private static IEnumerable<Finding> ContentSafety(DeploymentPlan plan, AzureOffer offer) => offer.DeletedContentSafety.Select(account => new Finding(
        true,
        $"Environment {plan.EnvironmentName} was deployed and deleted before, and left Content Safety resource {account.Name}, whose name Azure keeps for 48 hours: az cognitiveservices account purge --name {account.Name} --resource-group {account.ResourceGroup} --location {plan.Location}"));
}

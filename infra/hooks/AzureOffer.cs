namespace Serverless.Infra.Hooks;

/// <summary>What Azure offers a subscription in one region.</summary>
/// <param name="UnregisteredProviders">Resource providers that the deployment uses and the subscription has not registered.</param>
/// <param name="WorkloadProfiles">Container Apps workload profile types of the region; null where Azure does not say, Microsoft.App not being registered.</param>
/// <param name="FlexRegions">Short names of the regions that have Flex Consumption.</param>
/// <param name="GpuQuota">GPUs that may still be taken, by the name of the quota; a quota that Azure does not list is absent.</param>
/// <param name="DeletedVaults">Names of deleted vaults that an earlier deployment of the same environment left.</param>
/// <param name="DeletedContentSafety">Of deleted Content Safety resources that it left, each with its resource group; nobody's where none is to be made.</param>
public sealed record AzureOffer(
    IReadOnlyList<string> UnregisteredProviders,
    IReadOnlyList<string>? WorkloadProfiles,
    IReadOnlyList<string> FlexRegions,
    IReadOnlyDictionary<string, int> GpuQuota,
    IReadOnlyList<string> DeletedVaults,
    IReadOnlyList<DeletedAccount> DeletedContentSafety);

using System.Net;
using System.Text.Json;

namespace Serverless.Infra.Hooks;

/// <summary>Asks Azure Resource Manager what it offers; <paramref name="http"/> has its address and a token.</summary>
public sealed class ResourceManager(HttpClient http)
{
    private static readonly string[] Providers =
    [
        "Microsoft.App", "Microsoft.ContainerRegistry", "Microsoft.EventGrid", "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.ManagedIdentity",
        "Microsoft.Network", "Microsoft.OperationalInsights", "Microsoft.Search", "Microsoft.SignalRService", "Microsoft.Storage", "Microsoft.Web",
    ];

    // Of Content Safety, which is made where it is wanted.
    private const string CognitiveServices = "Microsoft.CognitiveServices";

    /// <exception cref="PreflightException">Azure refused an answer; the message has what was asked and the status.</exception>
    public async Task<AzureOffer> ReadOfferAsync(DeploymentPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var subscription = $"subscriptions/{plan.Subscription}";
        var containers = $"{subscription}/providers/Microsoft.App/locations/{plan.Location}";

        var registered = (await ListAsync($"{subscription}/providers?api-version=2021-04-01", cancellationToken))
            .Where(p => Text(p, "registrationState") == "Registered")
            .Select(p => Text(p, "namespace"))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unregistered = Providers.Concat(plan.HasContentSafety ? [CognitiveServices] : []).Where(p => !registered.Contains(p)).ToArray();

        // Container Apps says nothing to a subscription that has not registered it.
        var profiles = unregistered.Contains("Microsoft.App")
            ? null
            : await ListAsync($"{containers}/availableManagedEnvironmentsWorkloadProfileTypes?api-version=2025-07-01", cancellationToken);
        var usages = unregistered.Contains("Microsoft.App") ? [] : await ListAsync($"{containers}/usages?api-version=2025-07-01", cancellationToken);
        var flex = await ListAsync($"{subscription}/providers/Microsoft.Web/geoRegions?sku=FlexConsumption&api-version=2024-04-01", cancellationToken);
        var vaults = await ListAsync($"{subscription}/providers/Microsoft.KeyVault/deletedVaults?api-version=2025-05-01", cancellationToken);
        var accounts = plan.HasContentSafety && !unregistered.Contains(CognitiveServices)
            ? await ListAsync($"{subscription}/providers/{CognitiveServices}/deletedAccounts?api-version=2025-06-01", cancellationToken)
            : [];

        return new AzureOffer(
            unregistered,
            profiles?.Select(p => Text(p, "name")).ToArray(),
            [.. flex.Select(r => ShortName(Text(r, "name")))],
            usages.Where(u => u.TryGetProperty("limit", out _)).ToDictionary(QuotaName, Left, StringComparer.OrdinalIgnoreCase),
            [.. vaults.Where(v => v.TryGetProperty("properties", out var properties) && IsOf(properties, plan)).Select(v => Text(v, "name"))],
            [.. accounts.Where(a => Text(a, "kind") == "ContentSafety" && IsOf(a, plan)).Select(a => new DeletedAccount(Text(a, "name"), GroupOf(Text(a, "id"))))]);
    }

    private static string QuotaName(JsonElement usage) => usage.TryGetProperty("name", out var name) ? Text(name, "value") : "";

    private static int Left(JsonElement usage) =>
        (int)(usage.GetProperty("limit").GetDouble() - (usage.TryGetProperty("currentValue", out var used) ? used.GetDouble() : 0));

    private static bool IsOf(JsonElement deleted, DeploymentPlan plan) =>
        ShortName(Text(deleted, "location")) == plan.Location && deleted.TryGetProperty("tags", out var tags) && Text(tags, "azd-env-name") == plan.EnvironmentName;

    /// <summary>The resource group in <c>.../locations/LOCATION/resourceGroups/GROUP/deletedAccounts/NAME</c>.</summary>
    private static string GroupOf(string id)
    {
        var parts = id.Split('/');
        var at = Array.FindIndex(parts, p => p.Equals("resourceGroups", StringComparison.OrdinalIgnoreCase));
        return at >= 0 && at + 1 < parts.Length ? parts[at + 1] : "";
    }

    private static string ShortName(string region) => region.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private async Task<List<JsonElement>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var items = new List<JsonElement>();
        for (var next = path; next is not null;)
        {
            using var answer = await GetAsync(next, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw new PreflightException($"Azure answered {(int)answer.StatusCode} to GET {path.Split('?')[0]}: sign in with `azd auth login`, as someone who may read the subscription.");
            using var page = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            if (page.RootElement.TryGetProperty("value", out var value)) items.AddRange(value.EnumerateArray().Select(i => i.Clone()));
            next = Text(page.RootElement, "nextLink") is { Length: > 0 } link ? link : null;
        }

        return items;
    }

    private async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await http.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute), cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new PreflightException("Azure Resource Manager could not be reached.", exception);
        }
    }
}

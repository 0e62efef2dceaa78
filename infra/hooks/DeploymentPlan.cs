using System.Globalization;

namespace Serverless.Infra.Hooks;

/// <summary>What azd's environment asks for, with main.bicep's defaults.</summary>
/// <param name="Location">The region's short name, for example <c>swedencentral</c>.</param>
/// <param name="MaxReplicas">Replicas of the worker at most, 1..20.</param>
/// <param name="RecoverVault">Whether a deleted vault of the same name is to be brought back.</param>
/// <param name="HasContentSafety">Whether a Content Safety resource is to be made.</param>
public sealed record DeploymentPlan(string Subscription, string Location, string EnvironmentName, string WorkerProfile, int MaxReplicas, bool RecoverVault, bool HasContentSafety)
{
    public const string DefaultProfile = "Consumption-GPU-NC24-A100";
    public const int DefaultMaxReplicas = 4;
    public const int MostReplicas = 20;

    /// <summary>A100s of one replica.</summary>
    public int GpusPerReplica => WorkerProfile switch { "NC96-A100" => 4, "NC48-A100" => 2, _ => 1 };

    /// <summary>Whether GPUs are had by the replica, rather than by the node of a dedicated profile.</summary>
    public bool IsServerless => WorkerProfile.StartsWith("Consumption-", StringComparison.Ordinal);

    /// <summary>The variable that azd has not asked for yet, if there is one: without them there is nothing to look at.</summary>
    public static string? Missing(Func<string, string?> variable) =>
        new[] { "AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION", "AZURE_ENV_NAME" }.FirstOrDefault(name => string.IsNullOrEmpty(variable(name)));

    /// <exception cref="PreflightException">A variable is missing or no number; the message names it.</exception>
    public static DeploymentPlan Read(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return new DeploymentPlan(
            Required("AZURE_SUBSCRIPTION_ID"),
            Required("AZURE_LOCATION").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant(),
            Required("AZURE_ENV_NAME"),
            Optional("WORKER_PROFILE") ?? DefaultProfile,
            ReadReplicas(Optional("WORKER_MAX_REPLICAS")),
            Optional("KEY_VAULT_CREATE_MODE") == "recover",
            Optional("CONTENT_SAFETY_SKU") is not (null or "none"));

        string? Optional(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string Required(string name) => Optional(name) ?? throw new PreflightException($"{name} is not set: run this through azd.");
    }

    private static int ReadReplicas(string? text)
    {
        if (text is null) return DefaultMaxReplicas;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) && replicas is >= 1 and <= MostReplicas
            ? replicas
            : throw new PreflightException($"WORKER_MAX_REPLICAS must be a whole number from 1 to {MostReplicas}.");
    }
}

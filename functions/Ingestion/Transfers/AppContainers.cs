namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>The containers that the app and its host keep their own state in. Nothing is imported from them, and nothing exported into them.</summary>
public static class AppContainers
{
    /// <summary>Where exports go unless the request names another.</summary>
    public const string Exports = "exports";

    /// <summary>As infra/modules/storage.bicep makes them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["documents", "config", "limits", "usage", "audit", "status", "manifests", "extracted", "pipeline", "evaluations", "deployment", "deadletter", Exports];

    // Locks and secrets of the Functions host, and Durable's leases and large messages.
    private static readonly string[] HostPrefixes = ["azure-webjobs-"];
    private static readonly string[] DurableSuffixes = ["-leases", "-applease", "-largemessages"];

    /// <summary>Why a request may not name a container; null when it may. Names are as storage has them: 3 to 63 of a-z, 0-9 and single hyphens.</summary>
    public static string? WhyNot(string container)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (container.Length is < 3 or > 63 || container[0] == '-' || container[^1] == '-' || container.Contains("--", StringComparison.Ordinal)
            || !container.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            return "a container's name has 3 to 63 lower-case letters, digits and single hyphens, none of them first or last";
        return IsOwn(container) ? "the app keeps its own state there" : null;
    }

    /// <summary>Whether the app or its host keeps state there.</summary>
    public static bool IsOwn(string container) =>
        Names.Contains(container, StringComparer.Ordinal) || HostPrefixes.Any(prefix => container.StartsWith(prefix, StringComparison.Ordinal))
        || DurableSuffixes.Any(suffix => container.EndsWith(suffix, StringComparison.Ordinal));
}

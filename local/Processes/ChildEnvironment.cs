using System.Diagnostics;

namespace Serverless.Local.Processes;

/// <summary>What a child does not need it does not inherit: the gateway's keys are for the Functions app alone, the GPU worker's own settings for the worker.</summary>
public static class ChildEnvironment
{
    private static readonly string[] Prefixes = ["Gateway", "KeyVault", "OPENAI_", "AZURE_", "AzureWebJobs", "Storage", "Search", "SignalR", "ANTHROPIC_", "AWS_"];
    private static readonly string[] Words = ["KEY", "SECRET", "PASSWORD", "TOKEN", "CONNECTIONSTRING"];

    /// <summary>The names in this process's environment that hold, or by their name may hold, somebody's secret.</summary>
    public static IReadOnlyList<string> Secrets =>
        [.. Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsSecret).Order(StringComparer.Ordinal)];

    /// <summary>For <see cref="ProcessSpec.Environment"/>: removes these variables.</summary>
    public static Dictionary<string, string?> Without(IEnumerable<string> names) => names.ToDictionary(name => name, string? (_) => null);

    public static bool IsSecret(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith("Worker_", StringComparison.OrdinalIgnoreCase)) return false;
        return Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            || Array.Exists(Words, word => name.Replace("_", string.Empty, StringComparison.Ordinal).Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    internal static ProcessStartInfo WithoutSecrets(this ProcessStartInfo start)
    {
        foreach (var name in Secrets) start.Environment.Remove(name);
        return start;
    }
}

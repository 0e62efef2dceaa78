using System.Text.Json;
using Serverless.Local.CommandLine;

namespace Serverless.Local.Stack;

/// <summary>functions/local.settings.json: the app settings of this stack, for Azure Functions Core Tools. It holds keys, if only of emulators; git ignores it.</summary>
internal static class LocalSettingsFile
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="layout">Where functions/ lies.</param>
    /// <param name="settings">As for the host of this stack, whose own names are put in the form that the tools and the runtime know.</param>
    public static void Write(RepositoryLayout layout, IReadOnlyDictionary<string, string?> settings)
    {
        var values = settings.Where(setting => !setting.Key.StartsWith("FunctionsHost__", StringComparison.Ordinal)).ToDictionary(setting => setting.Key, setting => setting.Value);
        values["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";

        // The tools' own process has started already: the app's alone reads this.
        values["DOTNET_STARTUP_HOOKS"] = settings[AppSettings.HookVariable];
        PrivateFiles.Write(Path.Combine(layout.Root, "functions", "local.settings.json"), JsonSerializer.Serialize(new { IsEncrypted = false, Values = values }, Json));
    }
}

using System.Collections;
using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Serverless.FunctionsHost;

/// <summary>
/// The app's settings and its host.json as one configuration: host.json under <c>AzureFunctionsJobHost</c>, over which the app settings
/// <c>AzureFunctionsJobHost__a__b</c> lie, as in Azure.
/// </summary>
internal sealed class HostSettings
{
    private const string Section = "AzureFunctionsJobHost";

    // On a machine that has these, the Durable extension takes itself for another platform.
    private static readonly string[] OfOtherPlatforms = ["CONTAINER_NAME", "WEBSITE_INSTANCE_ID", "MANAGED_ENVIRONMENT"];

    private HostSettings(IReadOnlyDictionary<string, string?> values) => Values = values;

    /// <summary>Keys with ':'.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; }

    /// <summary>extensions.http.routePrefix, without slashes; "api" when absent.</summary>
    public string RoutePrefix => (HostJson("extensions:http:routePrefix") ?? "api").Trim('/');

    /// <summary>functionTimeout; 30 minutes when absent, infinite for "-1".</summary>
    public TimeSpan FunctionTimeout => HostJson("functionTimeout") switch
    {
        null => TimeSpan.FromMinutes(30),
        "-1" => Timeout.InfiniteTimeSpan,
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero => value,
        var text => throw new HostException($"functionTimeout is \"{text}\"; a positive hh:mm:ss, or \"-1\" for none, is permitted."),
    };

    /// <exception cref="HostException">host.json is missing or no JSON object.</exception>
    public static HostSettings Read(string appDirectory)
    {
        var path = Path.Combine(appDirectory, "host.json");
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        try
        {
            Flatten(JObject.Parse(File.ReadAllText(path)), Section, values);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new HostException($"{path} cannot be read: {e.Message}");
        }

        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            values[((string)variable.Key).Replace("__", ":", StringComparison.Ordinal)] = (string?)variable.Value;
        values["AzureWebJobsConfigurationSection"] = Section;
        values["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        foreach (var name in OfOtherPlatforms) values[name] = string.Empty;
        return new HostSettings(values);
    }

    /// <param name="path">For example <c>extensions:queues:batchSize</c>.</param>
    public string? HostJson(string path) => Values.GetValueOrDefault($"{Section}:{path}");

    private static void Flatten(JToken token, string path, Dictionary<string, string?> values)
    {
        switch (token)
        {
            case JObject members:
                foreach (var member in members.Properties()) Flatten(member.Value, $"{path}:{member.Name}", values);
                break;
            case JArray items:
                for (var i = 0; i < items.Count; i++) Flatten(items[i], $"{path}:{i.ToString(CultureInfo.InvariantCulture)}", values);
                break;
            default:
                values[path] = Convert.ToString(((JValue)token).Value, CultureInfo.InvariantCulture);
                break;
        }
    }
}

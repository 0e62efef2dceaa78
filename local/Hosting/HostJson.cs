using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Local.Hosting;

/// <summary>What this host reads of host.json; everything else in the file concerns Azure.</summary>
/// <param name="RoutePrefix">extensions.http.routePrefix: precedes every HTTP route; "api" when absent.</param>
/// <param name="FunctionTimeout">functionTimeout: a queue, timer or activity invocation is cancelled after it; infinite for "-1".</param>
/// <param name="Queues">extensions.queues.</param>
public sealed record HostJson(string RoutePrefix, TimeSpan FunctionTimeout, QueueSettings Queues)
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public static HostJson Default { get; } = new("api", TimeSpan.FromMinutes(30), new QueueSettings());

    /// <summary>Finds host.json in <paramref name="folder"/> or the nearest folder above it; null when there is none.</summary>
    public static string? Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var path = Path.Combine(at.FullName, "host.json");
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <exception cref="FunctionLoadException">The file is not JSON, or a setting is out of its range.</exception>
    public static HostJson Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new FunctionLoadException([$"{path}: {e.Message}"]);
        }
    }

    internal static HostJson Parse(string text)
    {
        var root = JsonNode.Parse(text, documentOptions: Lenient) as JsonObject ?? throw new FormatException("a JSON object is expected.");
        var extensions = root["extensions"];
        var queues = extensions?["queues"];
        var defaults = new QueueSettings();
        return new HostJson(
            (extensions?["http"]?["routePrefix"]?.GetValue<string>() ?? Default.RoutePrefix).Trim('/'),
            FunctionTimeoutOf(root["functionTimeout"]),
            new QueueSettings
            {
                MaxDequeueCount = Number(queues, "maxDequeueCount", defaults.MaxDequeueCount, 1, 1000),
                VisibilityTimeout = Duration(queues, "visibilityTimeout", defaults.VisibilityTimeout),
                BatchSize = Number(queues, "batchSize", defaults.BatchSize, 1, 32),
                NewBatchThreshold = Number(queues, "newBatchThreshold", Number(queues, "batchSize", defaults.BatchSize, 1, 32) / 2, 0, 1000),
                Base64 = IsBase64(queues?["messageEncoding"]?.GetValue<string>()),
            });
    }

    private static TimeSpan FunctionTimeoutOf(JsonNode? node) => node?.GetValue<string>() switch
    {
        null => Default.FunctionTimeout,
        "-1" => Timeout.InfiniteTimeSpan,
        var text => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero
            ? value
            : throw new FormatException($"functionTimeout is \"{text}\"; a positive hh:mm:ss, or \"-1\" for none, is permitted."),
    };

    private static int Number(JsonNode? section, string name, int fallback, int min, int max)
    {
        if (section?[name] is not { } node) return fallback;
        var value = node.GetValue<int>();
        return value >= min && value <= max ? value : throw new FormatException($"extensions.queues.{name} is {value}; {min} to {max} is permitted.");
    }

    private static TimeSpan Duration(JsonNode? section, string name, TimeSpan fallback)
    {
        if (section?[name] is not { } node) return fallback;
        return TimeSpan.TryParse(node.GetValue<string>(), CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero && value <= TimeSpan.FromDays(7)
            ? value
            : throw new FormatException($"extensions.queues.{name} must be hh:mm:ss, between zero and seven days.");
    }

    private static bool IsBase64(string? encoding) => encoding?.ToUpperInvariant() switch
    {
        null or "BASE64" => true,
        "NONE" => false,
        _ => throw new FormatException($"extensions.queues.messageEncoding is \"{encoding}\"; \"base64\" or \"none\" is permitted."),
    };
}

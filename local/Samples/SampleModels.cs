using System.Text.Json.Nodes;

namespace Serverless.Local.Samples;

/// <summary>The models behind the sample routes: the GPU worker's, by the names that it serves, or those of an OpenAI-compatible server.</summary>
/// <param name="Llama">What the worker calls its Llama.</param>
/// <param name="Instructor">What the worker calls its Instructor.</param>
public sealed record SampleModels(string Llama, string Instructor)
{
    private const string Worker = "gpu-worker";
    private const string OpenAi = "openai";
    private const string TrainedEncoder = "all-MiniLM-L6-v2";

    /// <summary>Base URL of the OpenAI-compatible server that completes and chats in the worker's place; null for the worker.</summary>
    public Uri? OpenAiEndpoint { get; init; }

    /// <summary>The model's name there.</summary>
    public string? OpenAiModel { get; init; }

    /// <summary>The key that the server wants. Servers on one's own machine take any.</summary>
    public string OpenAiKey { get; init; } = "none";

    /// <summary>The key never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Llama}, {Instructor}, {OpenAiModel} at {OpenAiEndpoint}";

    /// <summary>The <c>model</c> of a sample's route; null where the route has none (a rag route).</summary>
    /// <param name="route">The route as the sample's routes.json declares it, for the demo models.</param>
    public JsonObject? ModelOf(JsonObject route)
    {
        ArgumentNullException.ThrowIfNull(route);
        if (route["model"] is not JsonObject model) return null;
        if (route["route_type"]?.GetValue<string>() == "llm/v1/rerank") return (JsonObject)model.DeepClone();
        if (route["route_type"]?.GetValue<string>() == "llm/v1/embeddings")
        {
            // The trained encoder is served whatever Instructor is.
            return model["name"]?.GetValue<string>() == TrainedEncoder ? (JsonObject)model.DeepClone() : new JsonObject { ["provider"] = Worker, ["name"] = Instructor };
        }

        return OpenAiEndpoint is null
            ? new JsonObject { ["provider"] = Worker, ["name"] = Llama }
            : new JsonObject
            {
                ["provider"] = OpenAi,
                ["name"] = OpenAiModel,
                ["openai_config"] = new JsonObject { ["openai_api_key"] = OpenAiKey, ["openai_api_base"] = OpenAiEndpoint.ToString().TrimEnd('/') },
            };
    }

    /// <summary>
    /// Whether a route that is there already must change: the command line names an OpenAI-compatible server, or the worker does not serve the
    /// route's model any more. What somebody set otherwise stays.
    /// </summary>
    /// <param name="existing">The route's <c>model</c> as the gateway shows it.</param>
    /// <param name="wanted">What <see cref="ModelOf"/> gives.</param>
    public static bool MustChange(JsonObject existing, JsonObject wanted)
    {
        ArgumentNullException.ThrowIfNull(existing);
        ArgumentNullException.ThrowIfNull(wanted);
        var (provider, name) = (existing["provider"]?.GetValue<string>(), existing["name"]?.GetValue<string>());

        // The gateway does not show where an openai route leads: it is set anew at each start that names a server.
        return wanted["provider"]!.GetValue<string>() == OpenAi ? provider is OpenAi or Worker : provider == Worker && name != wanted["name"]!.GetValue<string>();
    }
}

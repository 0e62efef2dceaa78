using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>From OpenAI's request bodies to ours.</summary>
internal static class OpenAiRequests
{
    /// <summary>Who asks, what, and which route of one of these types: its name as the body has it.</summary>
    /// <exception cref="GatewayException">The body is none, or names no such route that the caller may use.</exception>
    public static Task<(Caller Caller, JsonElement Body, string Model)> ReadAsync(HttpRequest request, RouteCatalog routes, params string[] types) =>
        ReadAsync(request, routes, Model, "model", types);

    /// <summary>As the other, where the route is named elsewhere.</summary>
    /// <param name="field">What names the route, for who is refused.</param>
    /// <exception cref="GatewayException">The body is none, or there is no such route that the caller may use.</exception>
    public static async Task<(Caller Caller, JsonElement Body, string Model)> ReadAsync(
        HttpRequest request, RouteCatalog routes, Func<JsonElement, string> name, string field, string[] types)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false);
        var model = name(body);
        await RequireAsync(body, model, caller, routes, field, types, stop).ConfigureAwait(false);
        return (caller, body, model);
    }

    /// <summary>That a body may go to the route it names.</summary>
    /// <exception cref="GatewayException">There is no such route of one of these types that the caller may use, or it takes no such body.</exception>
    public static async Task RequireAsync(JsonElement body, string model, Caller caller, RouteCatalog routes, string field, string[] types, CancellationToken stop)
    {
        var route = await routes.ResolveAsync(model, caller, field, stop).ConfigureAwait(false);
        if (!types.Contains(route.Type)) throw Gateway.WrongType(route, string.Join(" or ", types));
        if (route.Type != RouteTypes.Answers) RefuseDataSources(body);
    }

    public static string Model(JsonElement body) => Model(new RequestFields(body).Text("model"));

    public static string Model(string? model) =>
        string.IsNullOrEmpty(model) ? throw GatewayException.Invalid("model", "'model' must name a route.", "missing_field") : model;

    public static bool Streams(JsonElement body) => new RequestFields(body).Flag("stream") == true;

    public static bool IncludesUsage(JsonElement body) => StreamOption(body, "include_usage");

    public static bool Obfuscates(JsonElement body) => StreamOption(body, "include_obfuscation");

    private static bool StreamOption(JsonElement body, string name) =>
        new RequestFields(body).Object("stream_options") is { } options && new RequestFields(options, "stream_options.").Flag(name) == true;

    public static AnswerRequest Chat(JsonElement body, string route, Caller caller, string countName = "n") => new()
    {
        Route = route,
        Caller = caller,
        Messages = MessageReader.Read(body),
        Filter = MetadataFilterReader.Of(body),
        Settings = GenerationReader.Read(body, isChat: true, countName),
        User = User(body),
        Streams = Streams(body),
        IncludesUsage = IncludesUsage(body),
        Obfuscates = Obfuscates(body),
    };

    public static AnswerRequest Completion(JsonElement body, string route, Caller caller, string countName = "n")
    {
        var (prompt, list) = PromptReader.Read(body);
        return new AnswerRequest
        {
            Route = route,
            Caller = caller,
            Prompt = prompt,
            Prompts = list,
            Settings = GenerationReader.Read(body, isChat: false, countName),
            User = User(body),
            Streams = Streams(body),
            IncludesUsage = IncludesUsage(body),
            Obfuscates = Obfuscates(body),
        };
    }

    /// <summary>Azure OpenAI's "on your data" is what a rag route does, which has documents of its own: another route would answer from none, and not say so.</summary>
    private static void RefuseDataSources(JsonElement body)
    {
        if (new RequestFields(body).Element("data_sources") is not { } sources || (sources.ValueKind == JsonValueKind.Array && sources.GetArrayLength() == 0)) return;
        throw GatewayException.Invalid("data_sources", "'data_sources' is not supported on this route: a route of type rag/v1/answers has its own documents.", "unsupported_parameter");
    }

    private static string? User(JsonElement body)
    {
        var user = new RequestFields(body).Text("user");
        return user is null or { Length: <= 512 } ? user : throw GatewayException.Invalid("user", "'user' may have at most 512 characters.");
    }
}

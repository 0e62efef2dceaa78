using System.Text.Json;
using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Dispatch;

/// <summary>From OpenAI's request bodies to ours.</summary>
internal static class OpenAiRequests
{
    public static string Model(JsonElement body) => Model(new RequestFields(body).Text("model"));

    public static string Model(string? model) =>
        string.IsNullOrEmpty(model) ? throw GatewayException.Invalid("model", "'model' must name a route.", "missing_field") : model;

    public static bool Streams(JsonElement body) => new RequestFields(body).Flag("stream") == true;

    public static bool IncludesUsage(JsonElement body) =>
        new RequestFields(body).Object("stream_options") is { } options && new RequestFields(options, "stream_options.").Flag("include_usage") == true;

    public static AnswerRequest Chat(JsonElement body, string route, Caller caller, string countName = "n") => new()
    {
        Route = route,
        Caller = caller,
        Messages = MessageReader.Read(body),
        Filter = MetadataFilterReader.Of(body),
        Settings = GenerationReader.Read(body, isChat: true, countName),
        User = User(body),
        Streams = Streams(body),
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
        };
    }

    private static string? User(JsonElement body)
    {
        var user = new RequestFields(body).Text("user");
        return user is null or { Length: <= 512 } ? user : throw GatewayException.Invalid("user", "'user' may have at most 512 characters.");
    }
}

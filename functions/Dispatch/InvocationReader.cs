using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Reads the body of an invocation of a route: MLflow AI Gateway's <c>{prompt | messages, temperature, max_tokens, stop, candidate_count, ...}</c>,
/// or <c>{question | messages, ...}</c> for a rag route. Whoever takes the same body plus fields of its own removes those first.
/// </summary>
public static class InvocationReader
{
    private static readonly (string Native, string Ours)[] NativeNames =
    [
        ("max_new_tokens", "max_tokens"), ("max_tokens_to_sample", "max_tokens"), ("stop_sequences", "stop"), ("num_generations", "candidate_count"),
    ];

    /// <exception cref="GatewayException">400 or 422 naming the field.</exception>
    public static AnswerRequest Read(JsonElement body, ResolvedRoute route, Caller caller)
    {
        RefuseParameters(body);
        if (body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True)
            throw Refused("stream", "Invocations do not stream; use /endpoints/{route}/invocations, /v1/chat/completions, /v1/completions or /gateway/{route}/streams.");
        return ReadAny(body, route, caller);
    }

    /// <summary>As <see cref="Read"/>, of MLflow's later versions too, which stream.</summary>
    /// <exception cref="GatewayException">400 or 422 naming the field.</exception>
    internal static AnswerRequest ReadAny(JsonElement body, ResolvedRoute route, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(route);
        var name = $"{route.Name}@{route.Version.Version}";
        switch (route.Type)
        {
            case RouteTypes.Chat:
                var chat = OpenAiRequests.Chat(body, name, caller, "candidate_count");
                AnswerChecks.Messages(chat.Messages, route);
                return chat;
            case RouteTypes.Completions:
                var completion = OpenAiRequests.Completion(body, name, caller, "candidate_count");
                if (completion.Prompts is null) AnswerChecks.Prompt(completion.Prompt);
                return completion;
            case RouteTypes.Answers:
                var given = new RequestFields(body);
                if (given.Has("messages") && !given.Has("question")) return OpenAiRequests.Chat(body, name, caller, "candidate_count");
                var question = given.Text("question");
                AnswerChecks.Question(question, "question");
                return new AnswerRequest
                {
                    Route = name,
                    Caller = caller,
                    Question = question,
                    Filter = MetadataFilterReader.Of(body),
                    Settings = GenerationReader.Read(body, isChat: true, "candidate_count"),
                    Streams = OpenAiRequests.Streams(body),
                    IncludesUsage = OpenAiRequests.IncludesUsage(body),
                    Obfuscates = OpenAiRequests.Obfuscates(body),
                };
            default:
                throw Gateway.WrongType(route, "one that answers");
        }
    }

    /// <summary>MLflow's 422s: the route says which model, and parameters have one name whatever the provider calls them.</summary>
    public static void RefuseParameters(JsonElement body)
    {
        if (body.TryGetProperty("model", out _))
            throw Refused("model", "The parameter 'model' is not permitted to be passed. The route being queried already defines a model instance.");
        foreach (var (native, ours) in NativeNames)
        {
            if (body.TryGetProperty(native, out _)) throw Refused(native, $"Invalid parameter {native}. Use {ours} instead.");
        }
    }

    private static GatewayException Refused(string param, string message) =>
        new(StatusCodes.Status422UnprocessableEntity, new ErrorDetail("parameter_not_permitted", message, "invalid_request_error", param));
}

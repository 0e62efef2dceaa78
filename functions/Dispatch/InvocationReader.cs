using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Reads the body of an invocation of a route: MLflow AI Gateway's <c>{prompt | messages, temperature, max_tokens, stop, candidate_count, ...}</c>,
/// or <c>{question, ...}</c> for a rag route. Whoever takes the same body plus fields of its own removes those first.
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
        ArgumentNullException.ThrowIfNull(route);
        RefuseParameters(body);
        OpenAiRequests.RefuseUnsupported(body);
        OpenAiRequests.One("candidate_count", body);
        var request = new AnswerRequest { Route = $"{route.Name}@{route.Version.Version}", Caller = caller };
        switch (route.Type)
        {
            case RouteTypes.Chat:
                var chat = RequestBody.Bind<ChatCompletionRequest>(body);
                AnswerChecks.Messages(chat.Messages);
                return request with { Messages = chat.Messages, Settings = OpenAiRequests.Settings(chat) };
            case RouteTypes.Completions:
                var completion = RequestBody.Bind<CompletionRequest>(body);
                if (completion.Prompt is { Values.Count: not 1 }) throw GatewayException.Invalid("prompt", "'prompt' must be one text.", "unsupported_parameter");
                AnswerChecks.Prompt(completion.Prompt?.Values[0]);
                return request with { Prompt = completion.Prompt!.Values[0], Settings = OpenAiRequests.Settings(completion) };
            case RouteTypes.Answers:
                var settings = OpenAiRequests.Settings(RequestBody.Bind<ChatCompletionRequest>(RequestBody.Without(body, "messages")));
                var question = body.TryGetProperty("question", out var value) && value.ValueKind != JsonValueKind.Null ? RequestBody.Bind<QuestionBody>(body).Question : null;
                AnswerChecks.Question(question, "question");
                return request with { Question = question, Settings = settings };
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

        if (body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True)
            throw Refused("stream", "Invocations do not stream; use /v1/chat/completions, /v1/completions or /gateway/{route}/streams.");
    }

    private static GatewayException Refused(string param, string message) =>
        new(StatusCodes.Status422UnprocessableEntity, new ErrorDetail("parameter_not_permitted", message, "invalid_request_error", param));

    private sealed record QuestionBody(string? Question)
    {
        public override string ToString() => $"[{Question?.Length ?? 0} chars]";
    }
}

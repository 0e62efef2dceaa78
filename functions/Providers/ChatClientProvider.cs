using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;
using ChatMessage = Serverless.Contracts.OpenAI.ChatMessage;

namespace Serverless.Functions.Providers;

/// <summary>
/// Any Microsoft.Extensions.AI <see cref="IChatClient"/>: one that the app registers as a keyed service is a model, whose name is the key.
/// What the client throws is a failure of the provider; its message goes no further.
/// </summary>
public sealed class ChatClientProvider(IServiceProvider services) : VendorProvider("chat-client", new Uri("in-process://chat-client"))
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop", "seed", "presence_penalty", "frequency_penalty"];
    private static readonly string[] Chat = [.. Completions, "tools", "tool_choice", "parallel_tool_calls", "response_format"];

    public override IReadOnlyList<ConfigField> Config { get; } = [];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions) with { Images = true, Files = true, FileUrls = true, Audio = true };

    public override bool RequiresKey(RouteModel model) => false;

    public override void Check(string routeType, RouteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        base.Check(routeType, model);
        if (services.GetKeyedService<IChatClient>(model.Name) is null)
            throw GatewayException.Invalid("model.name", "'model.name' must be the key of a chat client that this app registers.");
    }

    public override async IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var client = services.GetKeyedService<IChatClient>(target.Model) ?? throw new UpstreamException(UpstreamFailure.Status, 404);
        var messages = ChatForm.Of(generation).Messages!.Select(Message).ToList();
        var updates = client.GetStreamingResponseAsync(messages, Options(generation.Settings), cancellationToken).GetAsyncEnumerator(cancellationToken);
        string? finish = null;
        var model = target.Model;
        var calls = 0;
        UsageDetails? usage = null;
        await using (updates.ConfigureAwait(false))
        {
            while (await NextAsync(updates, cancellationToken).ConfigureAwait(false))
            {
                var update = updates.Current;
                model = update.ModelId ?? model;
                finish = update.FinishReason?.Value ?? finish;
                foreach (var content in update.Contents)
                {
                    if (content is TextContent { Text.Length: > 0 } text) yield return new AnswerText(text.Text);
                    else if (content is FunctionCallContent call) yield return new AnswerToolCall(0, calls++, call.CallId, call.Name, call.Arguments is null ? "{}" : JsonSerializer.Serialize(call.Arguments));
                    else if (content is TextReasoningContent { Text.Length: > 0 } thought) yield return AnswerText.Thought(thought.Text);
                    else if (content is UsageContent counts) usage = counts.Details;
                    else if (content is ErrorContent) throw new UpstreamException(UpstreamFailure.Status, 500);
                }
            }
        }

        var counted = usage is { InputTokenCount: { } input } ? Usage.Of((int)input, (int)(usage.OutputTokenCount ?? 0), (int?)usage.CachedInputTokenCount) with { CompletionTokensDetails = usage.ReasoningTokenCount is { } thoughts ? new CompletionTokensDetails((int)thoughts) : null } : null;
        yield return new AnswerCompleted(FinishReasons.OfOpenAi(finish ?? (calls > 0 ? "tool_calls" : "stop")) ?? throw new UpstreamException(UpstreamFailure.Status, 500), counted, [], model);
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken cancellationToken)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or UpstreamException) || !cancellationToken.IsCancellationRequested)
        {
            if (exception is UpstreamException) throw;
            throw exception is HttpRequestException { StatusCode: { } status }
                ? new UpstreamException(UpstreamFailure.Status, (int)status)
                : new UpstreamException(exception is HttpRequestException or IOException ? UpstreamFailure.Connection : UpstreamFailure.Status, 500);
        }
    }

    private static Microsoft.Extensions.AI.ChatMessage Message(ChatMessage message)
    {
        var contents = new List<AIContent>();
        if (message.Role == "tool")
        {
            contents.Add(new FunctionResultContent(message.ToolCallId ?? "", message.Content));
        }
        else
        {
            foreach (var part in message.Parts ?? [new ContentPart(message.Content)])
            {
                if (part.File is { } file) contents.Add(File(file));
                else if (part.Audio is { } audio) contents.Add(new DataContent($"data:audio/{audio.Format};base64,{audio.Data}"));
                else if (part.ImageUrl is null) contents.Add(new TextContent(part.Text));
                else if (DataUrl.TryParse(part.ImageUrl, out _, out _)) contents.Add(new DataContent(part.ImageUrl));
                else contents.Add(new UriContent(part.ImageUrl, "image/*"));
            }

            foreach (var call in message.ToolCalls ?? [])
                contents.Add(new FunctionCallContent(call.Id, call.Function.Name, JsonSerializer.Deserialize<Dictionary<string, object?>>(VendorJson.ParseArguments(call.Function.Arguments))));
        }

        return new Microsoft.Extensions.AI.ChatMessage(new ChatRole(message.Role == "developer" ? "system" : message.Role), contents) { AuthorName = message.Name };
    }

    private static AIContent File(ContentFile file)
    {
        if (file.Data is { } data) return new DataContent(data) { Name = file.Name };
        return file.Url is { } url ? new UriContent(url, FileTypes.OfName(file.Name ?? new Uri(url).AbsolutePath)) : new HostedFileContent(file.Id!);
    }

    private static ChatOptions Options(GenerationSettings settings) => new()
    {
        Temperature = (float?)settings.Temperature,
        TopP = (float?)settings.TopP,
        TopK = settings.TopK,
        MaxOutputTokens = settings.MaxTokens,
        StopSequences = settings.Stop?.ToList(),
        Seed = settings.Seed,
        PresencePenalty = (float?)settings.PresencePenalty,
        FrequencyPenalty = (float?)settings.FrequencyPenalty,
        AllowMultipleToolCalls = settings.ParallelToolCalls,
        ResponseFormat = Format(settings.ResponseFormat),
        Tools = settings.Tools is { } tools ? [.. tools.EnumerateArray().Select(Tool)] : null,
        ToolMode = Mode(settings.ToolChoice),
    };

    private static ChatResponseFormat? Format(JsonElement? format)
    {
        if (format is null) return null;
        return VendorJson.Object(VendorJson.Object(format, "json_schema"), "schema") is { } schema ? ChatResponseFormat.ForJsonSchema(schema) : ChatResponseFormat.Json;
    }

    private static AIFunctionDeclaration Tool(JsonElement tool)
    {
        var function = VendorJson.Object(tool, "function");
        var schema = VendorJson.Object(function, "parameters") ?? JsonDocument.Parse("""{"type":"object"}""").RootElement;
        return AIFunctionFactory.CreateDeclaration(VendorJson.Text(function, "name")!, VendorJson.Text(function, "description"), schema);
    }

    private static ChatToolMode? Mode(JsonElement? choice) => choice switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } word => word.GetString() switch { "required" => ChatToolMode.RequireAny, "none" => ChatToolMode.None, _ => ChatToolMode.Auto },
        { } named => ChatToolMode.RequireSpecific(VendorJson.Text(VendorJson.Object(named, "function"), "name")!),
    };
}

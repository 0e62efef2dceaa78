using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Guards;

/// <summary>Holds a route's guards against what goes in and what comes out. A version of a route does not change, so what is made of it is kept with it.</summary>
public sealed class RouteGuards(ContentSafety safety, GuardMetrics metrics)
{
    /// <summary>Parameters that are text for the model, and have no shape that a mask would fit into.</summary>
    private static readonly string[] Unchecked = ["suffix", "prediction", "chat_template_kwargs"];

    private readonly ConditionalWeakTable<GuardSettings, Pair> _compiled = [];

    /// <summary>What is asked, masked where the rules say so.</summary>
    /// <exception cref="GatewayException">400 <c>guard_blocked</c> naming the message; 503 where Content Safety does not answer.</exception>
    public async Task<Generation> InputAsync(ResolvedRoute route, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(generation);
        if (route.Version.Guards is not { Input.Count: > 0 } settings) return generation;
        if (generation.Prompts?.Tokens is not null) throw GatewayException.Invalid("prompt", "'prompt': token ids cannot be checked by the route's guards; send text.", "unsupported_parameter");
        foreach (var name in Unchecked)
        {
            if (generation.Settings.Extra?.ContainsKey(name) == true) throw GatewayException.Invalid(name, $"'{name}' cannot be checked by the route's guards.", "unsupported_parameter");
        }

        if (generation.Messages is { } messages)
        {
            var guarded = new ChatMessage[messages.Count];
            for (var i = 0; i < guarded.Length; i++) guarded[i] = await MessageAsync(settings, messages[i], $"messages[{i}]", cancellationToken).ConfigureAwait(false);
            return generation with { Messages = guarded };
        }

        if (generation.Prompts?.Texts is not { } texts) return generation with { Prompt = await TextAsync(settings, generation.Prompt!, "prompt", cancellationToken).ConfigureAwait(false) };
        var prompts = await TextsAsync(settings, texts, "prompt", cancellationToken).ConfigureAwait(false);
        return generation with { Prompt = prompts[0], Prompts = new PromptList(prompts, null) };
    }

    /// <summary>As <see cref="InputAsync(ResolvedRoute, Generation, CancellationToken)"/>, for texts to embed.</summary>
    public Task<IReadOnlyList<string>> InputAsync(ResolvedRoute route, IReadOnlyList<string> texts, string field, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        return route.Version.Guards is { Input.Count: > 0 } settings ? TextsAsync(settings, texts, field, cancellationToken) : Task.FromResult(texts);
    }

    /// <summary>An answer's events, guarded.</summary>
    /// <param name="asked">What it was asked with.</param>
    public IAsyncEnumerable<AnswerEvent> Output(ResolvedRoute route, GenerationSettings asked, IAsyncEnumerable<AnswerEvent> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(asked);
        return route.Version.Guards is { Output.Count: > 0 } settings
            ? new GuardedAnswer(Of(settings).Output, settings.Output, asked.ResponseFormat is not null, safety, metrics).FilterAsync(answers, cancellationToken)
            : answers;
    }

    private Pair Of(GuardSettings settings) => _compiled.GetValue(settings, s => new Pair(new TextGuard(s.Input), new TextGuard(s.Output)));

    private async Task<ChatMessage> MessageAsync(GuardSettings settings, ChatMessage message, string path, CancellationToken cancellationToken)
    {
        var field = path + ".content";
        if (message.Parts is { } parts)
        {
            var guarded = parts.ToArray();
            for (var i = 0; i < guarded.Length; i++)
            {
                if (guarded[i].File is not null || guarded[i].Audio is not null) throw GatewayException.Invalid(field, $"'{field}': files and audio cannot be checked by the route's guards.", "unsupported_parameter");
                if (guarded[i].Text is { } text) guarded[i] = guarded[i] with { Text = await TextAsync(settings, text, field, cancellationToken).ConfigureAwait(false) };
            }

            // The content says once more what its parts say.
            message = message with { Parts = guarded, Content = string.Join('\n', guarded.Where(p => p.Text is not null).Select(p => p.Text)) };
        }
        else if (message.Content is { Length: > 0 } content)
        {
            message = message with { Content = await TextAsync(settings, content, field, cancellationToken).ConfigureAwait(false) };
        }

        if (message.ToolCalls is { } calls)
        {
            // What a model called a tool with comes back as words of the conversation.
            var guarded = calls.ToArray();
            for (var i = 0; i < guarded.Length; i++)
            {
                var scan = guarded[i].IsCustom ? (ITextScan)new GuardScan(Of(settings).Input) : new JsonScan(Of(settings).Input);
                var arguments = await TextAsync(settings, scan, guarded[i].Function.Arguments, $"{path}.tool_calls[{i}].function.arguments", cancellationToken).ConfigureAwait(false);
                guarded[i] = guarded[i] with { Function = guarded[i].Function with { Arguments = arguments } };
            }

            message = message with { ToolCalls = guarded };
        }

        return message.Kept is { } kept ? message with { Kept = await KeptAsync(settings, kept, path, cancellationToken).ConfigureAwait(false) } : message;
    }

    /// <summary>Thoughts that come back are words of the conversation too; what is no text and no flag has no shape that a mask would fit into, and is left out.</summary>
    private async Task<IReadOnlyDictionary<string, JsonElement>> KeptAsync(GuardSettings settings, IReadOnlyDictionary<string, JsonElement> kept, string path, CancellationToken cancellationToken)
    {
        var guarded = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in kept)
        {
            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) guarded[name] = value;
            else if (value.ValueKind == JsonValueKind.String) guarded[name] = JsonSerializer.SerializeToElement(await TextAsync(settings, value.GetString()!, $"{path}.{name}", cancellationToken).ConfigureAwait(false));
        }

        return guarded;
    }

    private async Task<IReadOnlyList<string>> TextsAsync(GuardSettings settings, IReadOnlyList<string> texts, string field, CancellationToken cancellationToken)
    {
        var guarded = new string[texts.Count];
        for (var i = 0; i < guarded.Length; i++) guarded[i] = await TextAsync(settings, texts[i], texts.Count == 1 ? field : $"{field}[{i}]", cancellationToken).ConfigureAwait(false);
        return guarded;
    }

    private Task<string> TextAsync(GuardSettings settings, string text, string field, CancellationToken cancellationToken) =>
        TextAsync(settings, IsJson(text) ? new JsonScan(Of(settings).Input) : new GuardScan(Of(settings).Input), text, field, cancellationToken);

    /// <summary>Whether a text is an object or a list of JSON, as tools give it.</summary>
    private static bool IsJson(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..]) return false;
        try
        {
            using var parsed = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task<string> TextAsync(GuardSettings settings, ITextScan scan, string text, string field, CancellationToken cancellationToken)
    {
        var passed = scan.Push(text, isLast: true);
        foreach (var (kind, action) in scan.Found) metrics.Found(kind, "input", action);
        if (scan.BlockedBy is { } blocked) throw Blocked(field, blocked);
        foreach (var rule in settings.Input)
        {
            if (rule.ContentSafety is not { } limit || await safety.SeverityAsync(passed, cancellationToken).ConfigureAwait(false) < limit) continue;
            metrics.Found("content_safety", "input", rule.Action);
            if (rule.Action == GuardAction.Block) throw Blocked(field, "content_safety");
        }

        return passed;
    }

    private static GatewayException Blocked(string field, string kind) => new(
        StatusCodes.Status400BadRequest,
        new ErrorDetail("guard_blocked", $"'{field}' holds what this route's guards do not let through ({kind}).", "invalid_request_error", field));

    private sealed record Pair(TextGuard Input, TextGuard Output);
}

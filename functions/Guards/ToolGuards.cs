using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Guards;

/// <summary>Holds a server's guards against what its tools are called with (input) and what they give (output).</summary>
public sealed class ToolGuards(ContentSafety safety, GuardMetrics metrics)
{
    private readonly ConditionalWeakTable<GuardSettings, Pair> _compiled = [];

    /// <summary>The arguments, masked where the rules say so.</summary>
    /// <exception cref="GatewayException">400 <c>guard_blocked</c>; 503 where Content Safety does not answer.</exception>
    public async Task<JsonElement> ArgumentsAsync(GuardSettings? settings, JsonElement arguments, CancellationToken cancellationToken)
    {
        if (settings is not { Input.Count: > 0 }) return arguments;
        return await JsonAsync(settings, isInput: true, arguments, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A result whose texts are masked where the rules say so. What is neither text nor JSON, a picture or a sound, cannot be checked and is left out.</summary>
    /// <exception cref="GatewayException">400 <c>guard_blocked</c>; 503 where Content Safety does not answer.</exception>
    public async Task<CallToolResult> ResultAsync(GuardSettings? settings, CallToolResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (settings is not { Output.Count: > 0 }) return result;
        var content = new List<ContentBlock>();
        foreach (var block in result.Content) content.Add(await BlockAsync(settings, block, cancellationToken).ConfigureAwait(false));
        var structured = result.StructuredContent is { } json ? await JsonAsync(settings, isInput: false, json, cancellationToken).ConfigureAwait(false) : (JsonElement?)null;
        return new CallToolResult { Content = content, StructuredContent = structured, IsError = result.IsError };
    }

    private static GatewayException Blocked(bool isInput, string kind) => new(
        StatusCodes.Status400BadRequest,
        new ErrorDetail("guard_blocked", isInput ? $"'arguments' hold what this server's guards do not let through ({kind})." : $"The result holds what this server's guards do not let through ({kind}).", "invalid_request_error", isInput ? "arguments" : null));

    private async Task<ContentBlock> BlockAsync(GuardSettings settings, ContentBlock block, CancellationToken cancellationToken) => block switch
    {
        TextContentBlock text => new TextContentBlock { Text = await TextAsync(settings, isInput: false, Scan(settings, text.Text), text.Text, cancellationToken).ConfigureAwait(false) },
        EmbeddedResourceBlock { Resource: TextResourceContents resource } => new EmbeddedResourceBlock
        {
            Resource = new TextResourceContents
            {
                Uri = resource.Uri,
                MimeType = resource.MimeType,
                Text = await TextAsync(settings, isInput: false, Scan(settings, resource.Text), resource.Text, cancellationToken).ConfigureAwait(false),
            },
        },
        _ => new TextContentBlock { Text = $"[{block.Type}: left out, because this server's guards cannot check it]" },
    };

    private ITextScan Scan(GuardSettings settings, string text) =>
        text.AsSpan().TrimStart() is ['{' or '[', ..] ? new JsonScan(Of(settings).Output) : new GuardScan(Of(settings).Output);

    private async Task<JsonElement> JsonAsync(GuardSettings settings, bool isInput, JsonElement json, CancellationToken cancellationToken)
    {
        var guard = isInput ? Of(settings).Input : Of(settings).Output;
        var passed = await TextAsync(settings, isInput, new JsonScan(guard), json.GetRawText(), cancellationToken).ConfigureAwait(false);
        return JsonElement.Parse(passed);
    }

    private Pair Of(GuardSettings settings) => _compiled.GetValue(settings, s => new Pair(new TextGuard(s.Input), new TextGuard(s.Output)));

    private async Task<string> TextAsync(GuardSettings settings, bool isInput, ITextScan scan, string text, CancellationToken cancellationToken)
    {
        var side = isInput ? "input" : "output";
        var passed = scan.Push(text, isLast: true);
        foreach (var (kind, action) in scan.Found) metrics.Found(kind, side, action);
        if (scan.BlockedBy is { } blocked) throw Blocked(isInput, blocked);
        foreach (var rule in isInput ? settings.Input : settings.Output)
        {
            if (rule.ContentSafety is not { } limit || await safety.SeverityAsync(passed, cancellationToken).ConfigureAwait(false) < limit) continue;
            metrics.Found("content_safety", side, rule.Action);
            if (rule.Action == GuardAction.Block) throw Blocked(isInput, "content_safety");
        }

        return passed;
    }

    private sealed record Pair(TextGuard Input, TextGuard Output);
}

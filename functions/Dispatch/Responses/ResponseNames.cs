namespace Serverless.Functions.Dispatch;

/// <summary>
/// What a response's fields are called in the chat that it becomes, the other way round: a refusal names the field that the caller wrote.
/// </summary>
/// <param name="items">For each message of the chat, where in the request it comes from: <c>instructions</c>, <c>input</c> or <c>input[3]</c>.</param>
/// <param name="tools">The same for each of its tools: <c>tools[3]</c> or <c>tools[3].tools[0]</c>.</param>
internal sealed class ResponseNames(IReadOnlyList<string> items, IReadOnlyList<string> tools)
{
    private static readonly (string Chat, string Response)[] Prefixes =
    [
        ("max_completion_tokens", "max_output_tokens"), ("max_tokens", "max_output_tokens"), ("reasoning_effort", "reasoning.effort"), ("verbosity", "text.verbosity"), ("logprobs", "include"),
        ("response_format.json_schema", "text.format"), ("response_format", "text.format"),
    ];

    /// <summary>The refusal with the caller's name for its field.</summary>
    public GatewayException Renamed(GatewayException refused) => refused.Renamed(Of);

    private string Of(string param)
    {
        foreach (var (chat, response) in Prefixes)
        {
            if (param == chat || param.StartsWith(chat + ".", StringComparison.Ordinal)) return response + param[chat.Length..];
        }

        if (param.StartsWith("tools[", StringComparison.Ordinal)) return OfTool(param).Replace("].function", "]", StringComparison.Ordinal).Replace("].custom", "]", StringComparison.Ordinal);
        if (param.StartsWith("tool_choice.allowed_tools", StringComparison.Ordinal)) return "tool_choice" + param["tool_choice.allowed_tools".Length..];
        if (!param.StartsWith("messages", StringComparison.Ordinal)) return param;
        var end = param.IndexOf(']', StringComparison.Ordinal);
        if (end < 0 || !int.TryParse(param["messages[".Length..end], out var message) || message >= items.Count) return "input";

        // A text has no fields, and an item has its own.
        var item = items[message];
        return item.EndsWith(']') ? item + param[(end + 1)..] : item;
    }

    /// <summary>A namespace's tools are a chat's one by one.</summary>
    private string OfTool(string param)
    {
        var end = param.IndexOf(']', StringComparison.Ordinal);
        return end > 0 && int.TryParse(param["tools[".Length..end], out var tool) && tool < tools.Count ? tools[tool] + param[(end + 1)..] : param;
    }
}

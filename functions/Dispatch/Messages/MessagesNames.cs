namespace Serverless.Functions.Dispatch;

/// <summary>What a message's fields are called in the chat that it becomes, the other way round: a refusal names the field that the caller wrote.</summary>
/// <param name="items">For each message of the chat, where in the request it comes from: <c>system</c>, or <c>messages[3]</c>.</param>
internal sealed class MessagesNames(IReadOnlyList<string> items)
{
    private static readonly (string Chat, string Messages)[] Prefixes =
    [
        ("stop", "stop_sequences"), ("user", "metadata.user_id"), ("response_format.json_schema", "output_config.format"), ("response_format", "output_config.format"),
        ("reasoning_effort", "output_config.effort"), ("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
    ];

    /// <summary>The refusal with the caller's name for its field.</summary>
    public GatewayException Renamed(GatewayException refused) => refused.Renamed(Of);

    private string Of(string param)
    {
        foreach (var (chat, messages) in Prefixes)
        {
            if (param == chat || param.StartsWith(chat + ".", StringComparison.Ordinal) || param.StartsWith(chat + "[", StringComparison.Ordinal)) return messages + param[chat.Length..];
        }

        if (param.StartsWith("tools[", StringComparison.Ordinal)) return param.Replace("].function.parameters", "].input_schema", StringComparison.Ordinal).Replace("].function", "]", StringComparison.Ordinal);
        if (!param.StartsWith("messages[", StringComparison.Ordinal)) return param;
        var end = param.IndexOf(']', StringComparison.Ordinal);
        if (end < 0 || !int.TryParse(param["messages[".Length..end], out var message) || message >= items.Count) return "messages";
        var item = items[message];
        // A message may have become several, whose parts are counted otherwise.
        return item == "system" ? item : param[(end + 1)..].StartsWith(".role", StringComparison.Ordinal) ? item + ".role" : item + ".content";
    }
}

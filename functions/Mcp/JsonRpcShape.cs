using System.Text.Json;

namespace Serverless.Functions.Mcp;

/// <summary>What a message of JSON-RPC 2.0 must be before the SDK reads it: there, members of another type than it takes are failures of the server and not the client's.</summary>
internal static class JsonRpcShape
{
    private const int MaxId = 256;

    /// <returns>Null for a message that can be read; else why not, quoting nothing.</returns>
    public static string? WhyNot(JsonElement message)
    {
        if (!message.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"u8)) return "'jsonrpc' must be \"2.0\".";
        if (IsResponse(message)) return null;
        if (!message.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String) return "'method' must be a string, or 'id' stand beside 'result' or 'error'.";
        if (message.TryGetProperty("id", out var id) && !IsId(id)) return $"'id' must be a whole number or a string of at most {MaxId} characters.";
        if (!message.TryGetProperty("params", out var parameters)) return null;
        if (parameters.ValueKind != JsonValueKind.Object) return "'params' must be an object.";
        foreach (var name in (string[])["name", "uri", "cursor"])
        {
            if (parameters.TryGetProperty(name, out var text) && text.ValueKind != JsonValueKind.String) return $"'params.{name}' must be a string.";
        }

        foreach (var name in (string[])["_meta", "arguments"])
        {
            if (parameters.TryGetProperty(name, out var given) && given.ValueKind != JsonValueKind.Object) return $"'params.{name}' must be an object.";
        }

        return null;
    }

    /// <summary>Whether it answers a request. None is asked here, so nobody waits for it; the protocol has it accepted all the same, as clients that answer one from before a restart expect.</summary>
    private static bool IsResponse(JsonElement message)
    {
        if (message.TryGetProperty("method", out _) || !message.TryGetProperty("id", out var id) || !IsId(id)) return false;
        var hasError = message.TryGetProperty("error", out var error);
        return message.TryGetProperty("result", out var result) ? !hasError && result.ValueKind == JsonValueKind.Object : hasError && IsError(error);
    }

    private static bool IsError(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out _)
        && error.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String;

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Number => id.TryGetInt64(out _),
        JsonValueKind.String => id.GetString()!.Length <= MaxId,
        _ => false,
    };
}

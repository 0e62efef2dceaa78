using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Input;

/// <summary>One request of a batch.</summary>
/// <param name="CustomId">The caller's own name for it, 1 to 512 characters.</param>
/// <param name="Body">As the endpoint takes it.</param>
internal sealed record BatchRequest(string CustomId, JsonElement Body)
{
    private const int MaxCustomId = 512;

    /// <summary>Reads a line of the input.</summary>
    /// <param name="endpoint">The batch's.</param>
    /// <param name="maxBytes">What a request may have, for who is told so.</param>
    /// <exception cref="GatewayException">400: the line is at fault; its field is named.</exception>
    public static BatchRequest Read(InputLine line, string endpoint, int maxBytes)
    {
        if (line.Bytes is not { } bytes) throw GatewayException.Invalid("body", $"The line has more than {maxBytes} bytes.", "line_too_large");
        var fields = new JsonFields(Parse(bytes));
        var id = fields.RequiredString("custom_id", MaxCustomId);
        if (id.Length == 0) throw GatewayException.Invalid("custom_id", $"'custom_id' must have 1 to {MaxCustomId} characters.");
        if (fields.RequiredString("method", 16) != "POST") throw GatewayException.Invalid("method", "'method' must be POST.");
        if (fields.RequiredString("url", 256) != endpoint) throw GatewayException.Invalid("url", $"'url' must be the batch's endpoint, {endpoint}.", "url_mismatch");
        var body = fields.Json("body") ?? throw GatewayException.Invalid("body", "'body' is required.", "missing_field");
        if (body.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid("body", "'body' must be an object.", "invalid_type");
        fields.RejectUnknown();
        return new BatchRequest(id, body);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return RequestBody.Parse(bytes);
        }
        catch (GatewayException refused) when (refused.Error.Param == "body")
        {
            throw GatewayException.Invalid("body", "The line is no JSON object in Unicode.", "invalid_json_line");
        }
    }
}

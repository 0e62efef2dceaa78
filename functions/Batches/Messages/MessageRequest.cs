using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Messages;

/// <summary>One request of a message batch: <c>{custom_id, params}</c>. What stands in <c>params</c> is looked at when it is asked, as at Anthropic.</summary>
internal static partial class MessageRequest
{
    /// <returns>Its name, and the line that stands for it in the batch's input.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static (string CustomId, ReadOnlyMemory<byte> Line) Read(ReadOnlyMemory<byte> element, int place)
    {
        var path = $"requests[{place}]";
        var fields = new JsonFields(Parse(element, path), path);
        var id = fields.RequiredString("custom_id", 64);
        if (!Name().IsMatch(id)) throw GatewayException.Invalid($"{path}.custom_id", $"'{path}.custom_id' must be 1 to 64 letters, digits, '_' and '-'.");
        var given = fields.Json("params") ?? throw GatewayException.Invalid($"{path}.params", $"'{path}.params' is required.", "missing_field");
        if (given.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid($"{path}.params", $"'{path}.params' must be an object.", "invalid_type");
        fields.RejectUnknown();
        return (id, JsonBytes.Of((id, given), static (json, it) =>
        {
            json.WriteStartObject();
            json.WriteString("custom_id"u8, it.id);
            json.WriteString("method"u8, "POST"u8);
            json.WriteString("url"u8, WholeAnswers.Messages);
            json.WritePropertyName("body"u8);
            it.given.WriteTo(json);
            json.WriteEndObject();
        }));
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> element, string path)
    {
        try
        {
            return RequestBody.Parse(element);
        }
        catch (GatewayException refused) when (refused.Error.Param == "body")
        {
            throw GatewayException.Invalid(path, $"'{path}' is no JSON object in Unicode.", "invalid_type");
        }
    }

    [GeneratedRegex(@"^[a-zA-Z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>A line of a batch's output or error file, in OpenAI's shape.</summary>
internal static class ResultLine
{
    /// <summary>A request that was answered, or refused, by its endpoint.</summary>
    /// <param name="body">JSON.</param>
    public static ReadOnlyMemory<byte> Of(string customId, int status, ReadOnlyMemory<byte> body) => JsonBytes.Of((customId, status, body), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, NewId.Of("batch_req_"));
        json.WriteString("custom_id"u8, it.customId);
        json.WriteStartObject("response"u8);
        json.WriteNumber("status_code"u8, it.status);
        json.WriteString("request_id"u8, NewId.Of("req_"));
        json.WritePropertyName("body"u8);
        json.WriteRawValue(it.body.Span, skipInputValidation: true);
        json.WriteEndObject();
        json.WriteNull("error"u8);
        json.WriteEndObject();
    });

    /// <summary>A request that was refused or failed.</summary>
    public static ReadOnlyMemory<byte> Refused(string customId, int status, ErrorDetail error) =>
        Of(customId, status, JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error), WireJson.Options));

    /// <summary>A request that was not asked.</summary>
    /// <param name="code"><c>batch_expired</c>, <c>batch_cancelled</c> or <c>batch_failed</c>.</param>
    public static ReadOnlyMemory<byte> Unasked(string customId, string code, string message) => JsonBytes.Of((customId, code, message), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, NewId.Of("batch_req_"));
        json.WriteString("custom_id"u8, it.customId);
        json.WriteNull("response"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, it.code);
        json.WriteString("message"u8, it.message);
        json.WriteEndObject();
        json.WriteEndObject();
    });
}

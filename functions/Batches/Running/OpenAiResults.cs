using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>Lines of a batch's output or error file in OpenAI's shape.</summary>
internal sealed class OpenAiResults : IResultShape
{
    public ReadOnlyMemory<byte> Answered(string customId, int status, ReadOnlyMemory<byte> body) => JsonBytes.Of((customId, status, body), static (json, it) =>
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

    public ReadOnlyMemory<byte> Refused(string customId, int status, ErrorDetail error) =>
        Answered(customId, status, JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error), WireJson.Options));

    public ReadOnlyMemory<byte> Unasked(string customId, UnaskedReason reason) => JsonBytes.Of((customId, reason), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, NewId.Of("batch_req_"));
        json.WriteString("custom_id"u8, it.customId);
        json.WriteNull("response"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, it.reason.Code);
        json.WriteString("message"u8, it.reason.Message);
        json.WriteEndObject();
        json.WriteEndObject();
    });
}

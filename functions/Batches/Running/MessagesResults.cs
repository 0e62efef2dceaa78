using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>
/// Lines of a batch's results in the shape of Anthropic's Message Batches API: <c>{custom_id, result: {type}}</c>, the type being succeeded, errored, canceled or expired
/// (docs.anthropic.com, Retrieve Message Batch Results).
/// </summary>
internal sealed class MessagesResults : IResultShape
{
    public ReadOnlyMemory<byte> Answered(string customId, int status, ReadOnlyMemory<byte> body) => Line(customId, "succeeded", "message", body);

    public ReadOnlyMemory<byte> Refused(string customId, int status, ErrorDetail error) =>
        Line(customId, "errored", "error", JsonSerializer.SerializeToUtf8Bytes(MessagesError.Of(status, error), WireJson.Options));

    public ReadOnlyMemory<byte> Unasked(string customId, UnaskedReason reason)
    {
        if (reason == UnaskedReason.Cancelled) return Line(customId, "canceled", null, default);
        if (reason == UnaskedReason.Expired) return Line(customId, "expired", null, default);
        return reason == UnaskedReason.ClientGone
            ? Refused(customId, 403, new ErrorDetail(reason.Code, reason.Message, "permission_error"))
            : Refused(customId, 500, new ErrorDetail(reason.Code, reason.Message, "server_error"));
    }

    private static ReadOnlyMemory<byte> Line(string customId, string type, string? member, ReadOnlyMemory<byte> value) => JsonBytes.Of((customId, type, member, value), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("custom_id"u8, it.customId);
        json.WriteStartObject("result"u8);
        json.WriteString("type"u8, it.type);
        if (it.member is not null)
        {
            json.WritePropertyName(it.member);
            json.WriteRawValue(it.value.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}

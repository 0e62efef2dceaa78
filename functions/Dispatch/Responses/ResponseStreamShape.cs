using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// A response's events: <c>response.created</c>, items that are added, grow and are done one after the other, and one of <c>response.completed</c>,
/// <c>.incomplete</c> and <c>.failed</c>. A failure is never an end like any other.
/// </summary>
internal sealed class ResponseStreamShape(ResponseState state) : IStreamShape
{
    private readonly JsonArray _output = [];

    // Items that have not ended, in their order: only the first one's events are sent, the others' wait for their turn.
    private readonly List<ResponseItem> _items = [];
    private int _count;
    private int _sequence;
    private bool _begun;
    private bool _hasAnswer;
    private IBufferWriter<byte>? _to;

    public void Write(IBufferWriter<byte> output, AnswerEvent answer)
    {
        Begin(output);
        Think(answer);
        switch (answer)
        {
            case AnswerText { IsRefusal: var isRefusal } text when text.Text.Length > 0 || (text.Logprobs is not null && !isRefusal):
                Message().Add(text);
                break;
            case AnswerToolCall piece:
                Call(piece)?.Add(piece.Arguments);
                break;
            case AnswerCompleted completed:
                Complete(completed);
                return;
        }

        while (_items.Count > 1 && _items[0].IsComplete) EndFirst("completed");
    }

    public void End(IBufferWriter<byte> output)
    {
    }

    public void Fail(IBufferWriter<byte> output, ErrorDetail error)
    {
        Begin(output);
        Send("response.failed", new JsonObject { ["response"] = state.Failed(error) });
    }

    private void Begin(IBufferWriter<byte> output)
    {
        _to = output;
        if (_begun) return;
        _begun = true;
        Send("response.created", new JsonObject { ["response"] = state.Of("in_progress", []) });
        Send("response.in_progress", new JsonObject { ["response"] = state.Of("in_progress", []) });
    }

    /// <summary>Thoughts that the caller wants to see, and what it is to bring back.</summary>
    private void Think(AnswerEvent answer)
    {
        switch (answer)
        {
            case AnswerText { Extra: { } extra }:
                if (state.ShowsThoughts && MessageExtra.Thoughts(extra) is { } thoughts) Reasoning().Add(thoughts);
                if (state.KeepsThoughts && KeptThoughts.Has(extra)) Reasoning().Keep(extra);
                break;
            case AnswerToolCall { Id: { } id, Extra: { } signed } when state.KeepsThoughts:
                Reasoning().Keep(id, signed);
                break;
        }
    }

    /// <summary>The message that a text is of: the last item, or a new one.</summary>
    private ResponseMessage Message() => _items.Count > 0 && _items[^1] is ResponseMessage message ? message : Add(new ResponseMessage(Send, _count));

    private ResponseReasoning Reasoning() => _items.Count > 0 && _items[^1] is ResponseReasoning reasoning ? reasoning : Add(new ResponseReasoning(Send, _count));

    /// <returns>Null for one that has ended: its arguments were whole.</returns>
    private ResponseCall? Call(AnswerToolCall piece)
    {
        if (piece.Id is not null) return Add(new ResponseCall(state, Send, piece, _count));
        return _items.OfType<ResponseCall>().FirstOrDefault(call => call.Number == piece.Call);
    }

    private T Add<T>(T item)
        where T : ResponseItem
    {
        _hasAnswer |= item is not ResponseReasoning;
        _items.Add(item);
        _count++;
        if (_items.Count == 1) item.Open();
        return item;
    }

    private void EndFirst(string status)
    {
        _output.Add(_items[0].End(status));
        _items.RemoveAt(0);
        if (_items.Count > 0) _items[0].Open();
    }

    private void Complete(AnswerCompleted completed)
    {
        if (!_hasAnswer) Message();
        // It is the last of them that was cut off.
        while (_items.Count > 0) EndFirst(_items.Count == 1 && ResponseState.WhyIncomplete(completed) is not null ? "incomplete" : "completed");
        var response = state.Ended(completed, _output);
        Send(ResponseState.WhyIncomplete(completed) is null ? "response.completed" : "response.incomplete", new JsonObject { ["response"] = response });
    }

    private void Send(string type, JsonObject members)
    {
        members.Insert(0, "type", type);
        members.Insert(1, "sequence_number", _sequence++);
        _to!.Write("event: "u8);
        _to!.Write(Encoding.UTF8.GetBytes(type));
        _to!.Write("\ndata: "u8);
        _to!.Write(JsonSerializer.SerializeToUtf8Bytes(members, WireJson.Options));
        _to!.Write("\n\n"u8);
    }
}

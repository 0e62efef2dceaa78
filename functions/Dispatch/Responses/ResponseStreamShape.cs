using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// A response's events: <c>response.created</c>, items that are added, grow and are done, and one of <c>response.completed</c>,
/// <c>.incomplete</c> and <c>.failed</c>. A failure is never an end like any other.
/// </summary>
internal sealed class ResponseStreamShape(ResponseState state) : IStreamShape
{
    private readonly JsonArray _output = [];
    private readonly StringBuilder _text = new();
    private readonly List<Pending> _calls = [];
    private int _sequence;
    private string? _message;
    private int _messageAt;
    private bool _begun;

    public void Write(IBufferWriter<byte> output, AnswerEvent answer)
    {
        Begin(output);
        switch (answer)
        {
            case AnswerText { Text.Length: > 0 } text:
                Add(output, text.Text);
                break;
            case AnswerToolCall call:
                Add(output, call);
                break;
            case AnswerCompleted completed:
                if (_message is null && _calls.Count == 0) Add(output, "");
                EndCalls(output);
                EndMessage(output);
                var response = state.Ended(completed, _output);
                Send(output, (string)response["status"]! == "completed" ? "response.completed" : "response.incomplete", new JsonObject { ["response"] = response });
                break;
        }
    }

    public void End(IBufferWriter<byte> output)
    {
    }

    public void Fail(IBufferWriter<byte> output, ErrorDetail error)
    {
        Begin(output);
        Send(output, "response.failed", new JsonObject { ["response"] = state.Failed(error) });
    }

    private void Begin(IBufferWriter<byte> output)
    {
        if (_begun) return;
        _begun = true;
        Send(output, "response.created", new JsonObject { ["response"] = state.Of("in_progress", []) });
        Send(output, "response.in_progress", new JsonObject { ["response"] = state.Of("in_progress", []) });
    }

    private void Add(IBufferWriter<byte> output, string text)
    {
        if (_message is null)
        {
            (_message, _messageAt) = (ResponseState.NewId("msg"), _calls.Count);
            Send(output, "response.output_item.added", new JsonObject { ["output_index"] = _messageAt, ["item"] = ResponseState.Message(_message, "in_progress") });
            Send(output, "response.content_part.added", Part(new JsonObject { ["part"] = ResponseState.Text("") }));
        }

        _text.Append(text);
        if (text.Length > 0) Send(output, "response.output_text.delta", Part(new JsonObject { ["delta"] = text, ["logprobs"] = new JsonArray() }));
    }

    private void EndMessage(IBufferWriter<byte> output)
    {
        if (_message is null) return;
        var text = _text.ToString();
        Send(output, "response.output_text.done", Part(new JsonObject { ["text"] = text, ["logprobs"] = new JsonArray() }));
        Send(output, "response.content_part.done", Part(new JsonObject { ["part"] = ResponseState.Text(text) }));
        var item = ResponseState.Message(_message, "completed", ResponseState.Text(text));
        Send(output, "response.output_item.done", new JsonObject { ["output_index"] = _messageAt, ["item"] = item.DeepClone() });
        _output.Insert(_messageAt, item);
    }

    private JsonObject Part(JsonObject members)
    {
        members["item_id"] = _message;
        members["output_index"] = _messageAt;
        members["content_index"] = 0;
        return members;
    }

    private void Add(IBufferWriter<byte> output, AnswerToolCall piece)
    {
        var call = _calls.Find(c => c.Call == piece.Call);
        if (call is null)
        {
            call = new Pending(piece.Call, ResponseState.NewId("fc"), piece.Id ?? ResponseState.NewId("call"), piece.Name ?? "", _calls.Count + (_message is null ? 0 : 1));
            _calls.Add(call);
            Send(output, "response.output_item.added", new JsonObject { ["output_index"] = call.At, ["item"] = ResponseState.Call(call.Id, "in_progress", call.ToCall("")) });
        }

        call.Arguments.Append(piece.Arguments);
        if (piece.Arguments.Length > 0) Send(output, "response.function_call_arguments.delta", new JsonObject { ["item_id"] = call.Id, ["output_index"] = call.At, ["delta"] = piece.Arguments });
    }

    private void EndCalls(IBufferWriter<byte> output)
    {
        foreach (var call in _calls)
        {
            var arguments = call.Arguments.ToString();
            Send(output, "response.function_call_arguments.done", new JsonObject { ["item_id"] = call.Id, ["output_index"] = call.At, ["name"] = call.Name, ["arguments"] = arguments });
            var item = ResponseState.Call(call.Id, "completed", call.ToCall(arguments));
            Send(output, "response.output_item.done", new JsonObject { ["output_index"] = call.At, ["item"] = item.DeepClone() });
            _output.Add(item);
        }
    }

    private void Send(IBufferWriter<byte> output, string type, JsonObject members)
    {
        members.Insert(0, "type", type);
        members.Insert(1, "sequence_number", _sequence++);
        output.Write("event: "u8);
        output.Write(Encoding.UTF8.GetBytes(type));
        output.Write("\ndata: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(members, WireJson.Options));
        output.Write("\n\n"u8);
    }

    private sealed record Pending(int Call, string Id, string CallId, string Name, int At)
    {
        public StringBuilder Arguments { get; } = new();

        public ToolCall ToCall(string arguments) => new(CallId, "function", new ToolFunction(Name, arguments));

        public override string ToString() => Id;
    }
}

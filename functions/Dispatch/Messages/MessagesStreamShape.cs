using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// A message's events as Anthropic streams them: <c>message_start</c>, blocks one after the other, <c>message_delta</c> and <c>message_stop</c>. Calls whose pieces come in turns wait until
/// the one before them has ended.
/// </summary>
internal sealed class MessagesStreamShape(string model, bool showsThoughts) : IStreamShape
{
    private readonly List<(AnswerToolCall First, StringBuilder Arguments)> _waiting = [];
    private KeptThoughts _kept = new(hasTexts: false);
    private IBufferWriter<byte>? _to;
    private string? _open;
    private int _call = -1;
    private int _index = -1;
    private bool _begun;

    public void Write(IBufferWriter<byte> output, AnswerEvent answer)
    {
        Begin(output, answer.Prompt);
        switch (answer)
        {
            case AnswerText text:
                if (showsThoughts && text.Extra is { } extra) AddThoughts(extra);
                if (text.Text.Length > 0) Add("text", MessagesAnswer.Text(""), "text_delta", "text", text.Text);
                break;
            case AnswerToolCall call:
                Add(call);
                break;
            case AnswerCompleted completed:
                Complete(completed);
                break;
        }
    }

    /// <summary>Anthropic's own event for it.</summary>
    public void Wait(IBufferWriter<byte> output)
    {
        _to = output;
        Send("ping", []);
    }

    public void End(IBufferWriter<byte> output)
    {
    }

    public void Fail(IBufferWriter<byte> output, ErrorDetail error)
    {
        Begin(output);
        var body = MessagesError.InStream(error);
        Send("error", new JsonObject { ["error"] = JsonSerializer.SerializeToNode(body.Error, WireJson.Options) });
    }

    /// <param name="prompt">Null where it is not known before the end.</param>
    private void Begin(IBufferWriter<byte> output, Usage? prompt = null)
    {
        _to = output;
        if (_begun) return;
        _begun = true;
        Send("message_start", new JsonObject { ["message"] = MessagesAnswer.Message(model, [], prompt) });
    }

    private void AddThoughts(JsonElement extra)
    {
        if (MessageExtra.Thoughts(extra) is { } thoughts) Add("thinking", MessagesAnswer.Thinking(""), "thinking_delta", "thinking", thoughts);
        _kept.Add(extra);
        foreach (var block in MessageExtra.Blocks(extra))
        {
            // The signature of what has come piece by piece, or a block that has no pieces.
            if (_open == "thinking" && block.TryGetProperty("signature", out var signature)) Delta(new JsonObject { ["type"] = "signature_delta", ["signature"] = JsonSerializer.SerializeToNode(signature) });
            else Open("redacted_thinking", JsonObject.Create(block)!);
            Close();
        }
    }

    private void Add(string kind, JsonObject block, string delta, string name, string piece)
    {
        if (_open != kind)
        {
            // A text behind calls ends them.
            CloseCalls();
            Open(kind, block);
        }

        Delta(new JsonObject { ["type"] = delta, [name] = piece });
    }

    private void Add(AnswerToolCall piece)
    {
        if (piece.Call == _call)
        {
            if (piece.Arguments.Length > 0) Arguments(piece.Arguments);
            return;
        }

        if (_call < 0)
        {
            OpenCall(piece);
            if (piece.Arguments.Length > 0) Arguments(piece.Arguments);
            return;
        }

        var waiting = _waiting.FindIndex(call => call.First.Call == piece.Call);
        if (waiting < 0) _waiting.Add((piece, new StringBuilder(piece.Arguments)));
        else _waiting[waiting].Arguments.Append(piece.Arguments);
    }

    private void Complete(AnswerCompleted completed)
    {
        CloseCalls();
        Close();
        SendKept();
        var delta = new JsonObject { ["stop_reason"] = MessagesAnswer.Reason(completed), ["stop_sequence"] = completed.StopString };
        MessagesAnswer.Sources(delta, completed);
        Send("message_delta", new JsonObject { ["delta"] = delta, ["usage"] = MessagesAnswer.Usage(completed.Usage) });
        Send("message_stop", []);
    }

    private void OpenCall(AnswerToolCall first)
    {
        if (showsThoughts && first is { Id: { } id, Extra: { } signed }) _kept.Add(id, signed);
        SendKept();
        Open("tool_use", MessagesAnswer.Call(first.Id, first.Name, new JsonObject()));
        _call = first.Call;
    }

    private void CloseCalls()
    {
        if (_call < 0) return;
        Close();
        foreach (var (first, arguments) in _waiting)
        {
            OpenCall(first);
            if (arguments.Length > 0) Arguments(arguments.ToString());
            Close();
        }

        _waiting.Clear();
    }

    private void Arguments(string piece) => Delta(new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece });

    private void Open(string kind, JsonObject block)
    {
        Close();
        _open = kind;
        _index++;
        Send("content_block_start", new JsonObject { ["index"] = _index, ["content_block"] = block });
    }

    /// <summary>Gives the client what it is to bring back, in a block of thoughts of its own where none is open.</summary>
    private void SendKept()
    {
        if (_kept.IsEmpty) return;
        if (_open != "thinking") Open("thinking", MessagesAnswer.Thinking(""));
        Close();
    }

    private void Close()
    {
        if (_open is null) return;
        if (_open == "thinking" && _kept.Pack() is { } packed)
        {
            Delta(new JsonObject { ["type"] = "signature_delta", ["signature"] = packed });
            _kept = new KeptThoughts(hasTexts: false);
        }

        (_open, _call) = (null, -1);
        Send("content_block_stop", new JsonObject { ["index"] = _index });
    }

    private void Delta(JsonObject delta) => Send("content_block_delta", new JsonObject { ["index"] = _index, ["delta"] = delta });

    private void Send(string type, JsonObject members)
    {
        members.Insert(0, "type", type);
        _to!.Write("event: "u8);
        _to!.Write(Encoding.UTF8.GetBytes(type));
        _to!.Write("\ndata: "u8);
        _to!.Write(JsonSerializer.SerializeToUtf8Bytes(members, WireJson.Options));
        _to!.Write("\n\n"u8);
    }
}

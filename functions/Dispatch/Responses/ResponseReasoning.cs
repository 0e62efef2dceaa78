using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Dispatch;

/// <summary>A model's thoughts under way, as the summary that clients of responses read.</summary>
internal sealed class ResponseReasoning(Action<string, JsonObject> send, int at) : ResponseItem(send, ResponseState.NewId("rs"), at)
{
    private readonly StringBuilder _text = new();
    private readonly KeptThoughts _kept = new();
    private int _sent;
    private bool _isEnded;

    public override bool IsComplete => true;

    public void Add(string thought)
    {
        _text.Append(thought);
        if (IsOpen) SendWaiting();
    }

    /// <summary>Adds what the service wants back, which the item's end tells.</summary>
    public void Keep(JsonElement extra) => _kept.Add(extra);

    /// <summary>Adds what the service wants back with a call.</summary>
    public void Keep(string call, JsonElement extra) => _kept.Add(call, extra);

    protected override JsonObject Item(string status) => ResponseState.Reasoning(Id, status, _isEnded && _text.Length > 0 ? _text.ToString() : null, _isEnded ? _kept : null);

    protected override void SendWaiting()
    {
        if (_sent == _text.Length) return;
        if (_sent == 0) SendPart("response.reasoning_summary_part.added", "part", ResponseState.Summary(""));
        var delta = _text.ToString(_sent, _text.Length - _sent);
        _sent = _text.Length;
        SendPart("response.reasoning_summary_text.delta", "delta", delta);
    }

    protected override void SendEnd()
    {
        _isEnded = true;
        if (_sent == 0) return;
        var text = _text.ToString();
        SendPart("response.reasoning_summary_text.done", "text", text);
        SendPart("response.reasoning_summary_part.done", "part", ResponseState.Summary(text));
    }

    private void SendPart(string type, string name, JsonNode value) => SendOf(type, new JsonObject { ["summary_index"] = 0, [name] = value });
}

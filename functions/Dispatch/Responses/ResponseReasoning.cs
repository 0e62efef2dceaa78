using System.Text;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Dispatch;

/// <summary>A model's thoughts under way, as the summary that clients of responses read.</summary>
internal sealed class ResponseReasoning(Action<string, JsonObject> send, int at) : ResponseItem(send, ResponseState.NewId("rs"), at)
{
    private readonly StringBuilder _text = new();
    private int _sent;
    private bool _isEnded;

    public override bool IsComplete => true;

    public void Add(string thought)
    {
        _text.Append(thought);
        if (IsOpen) SendWaiting();
    }

    protected override JsonObject Item(string status) => ResponseState.Reasoning(Id, status, _isEnded ? _text.ToString() : null);

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
        var text = _text.ToString();
        SendPart("response.reasoning_summary_text.done", "text", text);
        SendPart("response.reasoning_summary_part.done", "part", ResponseState.Summary(text));
        _isEnded = true;
    }

    private void SendPart(string type, string name, JsonNode value) => SendOf(type, new JsonObject { ["summary_index"] = 0, [name] = value });
}

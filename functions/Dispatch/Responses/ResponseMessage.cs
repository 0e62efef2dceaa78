using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Dispatch;

/// <summary>A message under way: its text, and what the model refuses with, are parts of it one after the other.</summary>
internal sealed class ResponseMessage(Action<string, JsonObject> send, int at) : ResponseItem(send, ResponseState.NewId("msg"), at)
{
    private readonly List<JsonNode> _ended = [];
    private readonly List<AnswerText> _waiting = [];
    private readonly StringBuilder _text = new();
    private JsonArray? _logprobs;
    private bool _isRefusal;
    private bool _hasPart;

    public override bool IsComplete => true;

    public void Add(AnswerText text)
    {
        _waiting.Add(text);
        if (IsOpen) SendWaiting();
    }

    protected override JsonObject Item(string status) => ResponseState.Message(Id, status, [.. _ended.Select(part => part.DeepClone())]);

    protected override void SendWaiting()
    {
        foreach (var text in _waiting) SendText(text);
        _waiting.Clear();
    }

    protected override void SendEnd()
    {
        // A message of nothing has a text of nothing.
        if (!_hasPart) Begin(isRefusal: false);
        EndPart();
    }

    private void SendText(AnswerText text)
    {
        if (_hasPart && _isRefusal != text.IsRefusal) EndPart();
        if (!_hasPart) Begin(text.IsRefusal);
        _text.Append(text.Text);
        if (_isRefusal)
        {
            SendPart("response.refusal.delta", new JsonObject { ["delta"] = text.Text });
            return;
        }

        var logprobs = text.Logprobs is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array ? JsonArray.Create(content)! : [];
        foreach (var token in logprobs) (_logprobs ??= []).Add(token!.DeepClone());
        if (text.Text.Length > 0 || logprobs.Count > 0) SendPart("response.output_text.delta", new JsonObject { ["delta"] = text.Text, ["logprobs"] = logprobs });
    }

    private void Begin(bool isRefusal)
    {
        (_isRefusal, _hasPart) = (isRefusal, true);
        SendPart("response.content_part.added", new JsonObject { ["part"] = isRefusal ? ResponseState.Refusal("") : ResponseState.Text("") });
    }

    private void EndPart()
    {
        var text = _text.ToString();
        var part = _isRefusal ? ResponseState.Refusal(text) : ResponseState.Text(text, _logprobs);
        if (_isRefusal) SendPart("response.refusal.done", new JsonObject { ["refusal"] = text });
        else SendPart("response.output_text.done", new JsonObject { ["text"] = text, ["logprobs"] = _logprobs?.DeepClone() ?? new JsonArray() });
        SendPart("response.content_part.done", new JsonObject { ["part"] = part.DeepClone() });
        _ended.Add(part);
        _text.Clear();
        (_logprobs, _hasPart) = (null, false);
    }

    private void SendPart(string type, JsonObject members)
    {
        members.Insert(0, "content_index", _ended.Count);
        SendOf(type, members);
    }
}

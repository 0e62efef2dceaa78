using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>A call of a function under way.</summary>
internal sealed class ResponseCall(ResponseState state, Action<string, JsonObject> send, AnswerToolCall first, int at) : ResponseItem(send, ResponseState.NewId(first.IsCustom ? "ctc" : "fc"), at)
{
    private readonly StringBuilder _arguments = new();
    private int _sent;

    /// <summary>The call's number in the answer.</summary>
    public int Number => first.Call;

    /// <summary>Whether its arguments are JSON, which nothing can follow: services may send pieces of several calls in turns. An input of any text ends with the answer, or where another item begins.</summary>
    public override bool IsComplete
    {
        get
        {
            if (first.IsCustom) return true;
            if (_arguments.Length == 0 || _arguments[^1] != '}') return false;
            try
            {
                using var parsed = JsonDocument.Parse(_arguments.ToString());
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    public void Add(string arguments)
    {
        _arguments.Append(arguments);
        if (IsOpen) SendWaiting();
    }

    protected override JsonObject Item(string status) =>
        state.Call(Id, status, new ToolCall(first.Id ?? "", first.IsCustom ? CustomTools.Type : "function", new ToolFunction(first.Name ?? "", _arguments.ToString(0, _sent))));

    protected override void SendWaiting()
    {
        if (_sent == _arguments.Length) return;
        var delta = _arguments.ToString(_sent, _arguments.Length - _sent);
        _sent = _arguments.Length;
        SendOf(first.IsCustom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta", new JsonObject { ["delta"] = delta });
    }

    protected override void SendEnd()
    {
        if (first.IsCustom) SendOf("response.custom_tool_call_input.done", new JsonObject { ["input"] = _arguments.ToString() });
        else SendOf("response.function_call_arguments.done", new JsonObject { ["name"] = state.NameOf(first.Name ?? ""), ["arguments"] = _arguments.ToString() });
    }
}

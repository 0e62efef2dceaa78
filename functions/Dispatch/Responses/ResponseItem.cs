using System.Text.Json.Nodes;

namespace Serverless.Functions.Dispatch;

/// <summary>An item of a response's output under way: its events, from the one that adds it to the one that ends it.</summary>
/// <param name="send">Takes an event's type and members.</param>
/// <param name="at">The item's place in the output; from 0.</param>
internal abstract class ResponseItem(Action<string, JsonObject> send, string id, int at)
{
    private bool _isOpen;

    /// <summary>Whether nothing can follow once another item has begun.</summary>
    public abstract bool IsComplete { get; }

    protected string Id => id;

    /// <summary>Whether its events may be sent: those of the item before have been.</summary>
    protected bool IsOpen => _isOpen;

    /// <summary>Sends what has come so far.</summary>
    public void Open()
    {
        if (_isOpen) return;
        _isOpen = true;
        Send("response.output_item.added", new JsonObject { ["output_index"] = at, ["item"] = Item("in_progress") });
        SendWaiting();
    }

    /// <param name="status"><c>completed</c> or <c>incomplete</c>.</param>
    /// <returns>The whole item.</returns>
    public JsonObject End(string status)
    {
        Open();
        SendEnd();
        var item = Item(status);
        Send("response.output_item.done", new JsonObject { ["output_index"] = at, ["item"] = item.DeepClone() });
        return item;
    }

    /// <summary>The item as far as it has been sent.</summary>
    protected abstract JsonObject Item(string status);

    protected abstract void SendWaiting();

    protected abstract void SendEnd();

    protected void Send(string type, JsonObject members) => send(type, members);

    /// <summary>Sends an event of the item.</summary>
    protected void SendOf(string type, JsonObject members)
    {
        members.Insert(0, "item_id", id);
        members.Insert(1, "output_index", at);
        send(type, members);
    }
}

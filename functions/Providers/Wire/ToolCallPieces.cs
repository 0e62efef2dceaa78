using System.Text;
using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Providers;

/// <summary>
/// Pieces of one answer's tool calls, as services send them, in the shape that OpenAI's own have: calls are numbered from 0 in the order in which they begin; the first piece of each has
/// id and name, no other has; what no call has given an argument to ends as an empty object, because clients parse it. Services number all calls 0, or none, or from 1,
/// repeat id and name with each piece, give no id or the same one each turn, or the name in several pieces (Ollama, Gemini's compatible endpoint, SGLang, DashScope).
/// </summary>
/// <param name="tools">Names that may be called, by which it is known whether a name has come whole; none where names always do.</param>
/// <param name="taken">Ids of the chat's calls so far: clients tell calls apart by them, so that one that comes again is told as another.</param>
internal sealed class ToolCallPieces(int choice, IReadOnlyList<string>? tools = null, IReadOnlySet<string>? taken = null)
{
    private readonly List<Call> _calls = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Calls so far.</summary>
    public int Count => _calls.Count;

    /// <param name="number">As the service counts calls; null where it does not.</param>
    /// <param name="id">Null or empty for none.</param>
    /// <param name="extra">Further members of the call in OpenAI's shape.</param>
    /// <param name="isCustom">Whether a custom tool is called, whose input need not be JSON, nor anything.</param>
    /// <returns>Null for a piece that says nothing new.</returns>
    public AnswerToolCall? Add(int? number, string? id, string? name, string arguments, JsonElement? extra = null, bool isCustom = false)
    {
        if (id is { Length: 0 }) id = null;
        if (name is { Length: 0 }) name = null;
        var known = Find(number, id, name);
        // Nothing follows on whole arguments: what has a name beside more of them is the same call once more, or another.
        if (known is not null && name is not null && arguments.Length > 0 && known.IsWhole())
        {
            if (id is not null && known.Id == id && known.Arguments == arguments) return null;
            known = null;
        }

        if (known is not null)
        {
            if (!known.IsNamed) return Named(known, name, arguments, extra);
            known.HasArguments |= arguments.Length > 0;
            known.Said.Append(arguments);
            return arguments.Length > 0 || extra is not null ? new AnswerToolCall(choice, known.At, null, null, arguments) { Extra = extra, IsCustom = known.IsCustom } : null;
        }

        var call = new Call(_calls.Count, number, id, isCustom) { HasArguments = arguments.Length > 0 || isCustom };
        _calls.Add(call);
        return Named(call, name, arguments, extra);
    }

    /// <summary>Another call, where a service says that one begins: whatever it has the number or the id of, it is none of those before.</summary>
    /// <param name="whole">The arguments where no piece of them follows; empty for none.</param>
    /// <returns>Null where its name is not told as yet.</returns>
    public AnswerToolCall? Start(int number, string? id, string? name, string whole)
    {
        var call = new Call(_calls.Count, number, id is { Length: 0 } ? null : id, false) { Whole = whole.Length > 0 ? whole : "{}" };
        _calls.Add(call);
        return Named(call, name is { Length: 0 } ? null : name, "", null);
    }

    /// <summary>Whether a call has the number.</summary>
    public bool Has(int number) => _calls.Exists(c => c.Number == number);

    /// <summary>What calls lack that nothing follows for.</summary>
    /// <param name="number">Of one call, as the service counts; null for all.</param>
    public IEnumerable<AnswerToolCall> End(int? number = null)
    {
        foreach (var call in _calls.Where(c => !c.IsNamed && (number is null || c.Number == number))) yield return Begin(call);

        foreach (var call in _calls.Where(c => !c.HasArguments && (number is null || c.Number == number)))
        {
            call.HasArguments = true;
            yield return new AnswerToolCall(choice, call.At, null, null, call.Whole);
        }
    }

    /// <summary>What has come of calls that were cut off, and waited for more of their names.</summary>
    public IEnumerable<AnswerToolCall> Broken() => _calls.Where(call => call is { IsNamed: false, Name: not null }).Select(Begin);

    // Clients begin a call at its first piece, which has to say what is called: what comes before a call's name, or with a part of it, waits for it.
    private AnswerToolCall? Named(Call call, string? name, string arguments, JsonElement? extra)
    {
        call.Held += arguments;
        call.HasArguments |= arguments.Length > 0;
        call.Extra = extra ?? call.Extra;
        if (name is not null) call.Name = Joined(call.Name, name);
        if (call.Name is null || (call.Held.Length == 0 && MayGrow(call.Name))) return null;
        return Begin(call);
    }

    private AnswerToolCall Begin(Call call)
    {
        call.IsNamed = true;
        var id = call.Id is { } given && taken?.Contains(given) != true && _told.Add(given) ? given : NewId.Of("call_");
        return new AnswerToolCall(choice, call.At, id, call.Name ?? string.Empty, call.Held) { Extra = call.Extra, IsCustom = call.IsCustom };
    }

    /// <summary>A name with what came next of it: the rest of it, or once more what has come, or that with more.</summary>
    private string Joined(string? name, string next)
    {
        if (name is null) return next;
        if (next == name && Knows(name)) return name;
        if (Begins(name + next)) return name + next;
        return next.StartsWith(name, StringComparison.Ordinal) && Begins(next) ? next : name;
    }

    private bool Knows(string name) => tools?.Contains(name, StringComparer.Ordinal) == true;

    private bool Begins(string name) => tools?.Any(tool => tool.StartsWith(name, StringComparison.Ordinal)) == true;

    private bool MayGrow(string name) => tools?.Any(tool => tool.Length > name.Length && tool.StartsWith(name, StringComparison.Ordinal)) == true;

    private Call? Find(int? number, string? id, string? name)
    {
        var sameId = id is null ? null : _calls.FindLast(c => c.Id == id && (number is null || c.Number == number));
        if (sameId is not null) return sameId;
        if (number is null) return id is null && _calls is [.., var last] && (name is null || (last is { IsNamed: false, Name: { } begun } && Begins(begun + name))) ? last : null;
        var sameNumber = _calls.FindLast(c => c.Number == number);
        // Another id under the same number is another call; a name without one is a call that the service repeats the name of.
        return id is null || sameNumber?.Id is null || name is null ? sameNumber : null;
    }

    private sealed record Call(int At, int? Number, string? Id, bool IsCustom)
    {
        public bool HasArguments { get; set; }

        public bool IsNamed { get; set; }

        /// <summary>What has come of the name.</summary>
        public string? Name { get; set; }

        public string Held { get; set; } = string.Empty;

        /// <summary>What has come of the arguments since the call was told.</summary>
        public StringBuilder Said { get; } = new();

        public string Arguments => Held + Said;

        /// <summary>The arguments where none come in pieces.</summary>
        public string Whole { get; init; } = "{}";

        public JsonElement? Extra { get; set; }

        /// <summary>Whether the arguments are an object to its end.</summary>
        public bool IsWhole()
        {
            if (IsCustom || (Said.Length > 0 ? Said[^1] : Held is [.., var last] ? last : ' ') != '}') return false;
            try
            {
                using var parsed = JsonDocument.Parse(Arguments);
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}

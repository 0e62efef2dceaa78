using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>
/// An object: the named properties in the order of the schema, each at most once, the required ones always; then others where they are permitted, whose
/// names are none of the named ones. Others may repeat a name, so that of them the first alone counts for the least number of properties.
/// </summary>
internal sealed class ObjectNode : SchemaNode
{
    // The phase's low bits; those above count the properties that there are, as far as a bound asks for it.
    private const int Opened = 0, BeforeName = 1, InName = 2, InOtherName = 3, AfterName = 4, AfterValue = 5, PhaseBits = 3;

    private readonly IReadOnlyList<ObjectProperty> _properties;
    private readonly IReadOnlyList<OtherProperties> _others;
    private readonly ByteTrie _names = new();
    private readonly ByteTrie _plainNames = new();

    private readonly int _least, _most;

    // The first required property from each one on, their number where there is none; and how many are required from each one on.
    private readonly int[] _nextRequired, _required;

    // For each depth that is left, once it is asked for: how many properties fit from each one on.
    private readonly int[]?[] _fitting = new int[]?[ConstraintLimits.Depth + 1];

    /// <param name="others">Properties without a name of their own, of which no two kinds have a name in common; none where there may be none.</param>
    /// <param name="least">Properties that there must be: no more than are named, and one of the others.</param>
    /// <param name="most">Properties that there may be: no fewer than are required and than <paramref name="least"/>; <see cref="int.MaxValue"/> for any number.</param>
    public ObjectNode(IReadOnlyList<ObjectProperty> properties, IReadOnlyList<OtherProperties> others, int least = 0, int most = int.MaxValue)
    {
        (_properties, _others, _least, _most) = (properties, others, least, most);
        (_nextRequired, _required) = (new int[properties.Count + 1], new int[properties.Count + 1]);
        _nextRequired[^1] = properties.Count;
        for (int i = properties.Count - 1; i >= 0; i--)
        {
            _nextRequired[i] = properties[i].IsRequired ? i : _nextRequired[i + 1];
            _required[i] = _required[i + 1] + (properties[i].IsRequired ? 1 : 0);
        }

        for (int i = 0; i < properties.Count; i++)
        {
            _names.Add(JsonText.Of(properties[i].Name), i);
            _plainNames.Add([.. Encoding.UTF8.GetBytes(properties[i].Name), (byte)'"'], i);
        }
    }

    public IReadOnlyList<ObjectProperty> Properties => _properties;

    /// <summary>Whether a schema forbids properties that are not listed, rather than that they are just not written.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Whether a property of that name may be written, as far as can be told without its patterns.</summary>
    public bool MayName(string name) => _others.Count > 0 || _properties.Any(property => property.Name == name);

    public override JsonValueKind Kind => JsonValueKind.Object;

    public override long Bytes => 400 + _names.Bytes + _plainNames.Bytes + (_least > _required[0] ? 4L * _fitting.Length * (_properties.Count + 8) : 0);

    public override bool IsContainer => true;

    public override int MeasureHeight()
    {
        int required = _properties.Where(property => property.IsRequired).Select(property => property.Value.Height).DefaultIfEmpty(0).Max();
        var more = _properties.Where(property => !property.IsRequired).Select(property => property.Value.Height).Concat(_others.Select(others => others.Value.Height).Order().Take(1));
        return 1 + Math.Max(required, more.Order().Take(_least - _required[0]).DefaultIfEmpty(0).Max());
    }

    public override ReadOnlySpan<byte> FirstBytes => "{"u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '{')
            successors.Add(after, this, Opened);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        switch (PhaseOf(frame))
        {
            case InName:
                StepName(frame, next, successors);
                break;
            case InOtherName:
                StepOtherName(frame, next, successors);
                break;
            case AfterName when next == ':':
                var value = frame.A < _properties.Count ? _properties[frame.A].Value : _others[frame.A - _properties.Count].Value;
                successors.Expect(value, successors.Place(frame.Parent, this, With(AfterValue, CountOf(frame)), Math.Min(frame.A + 1, _properties.Count)));
                break;
            case Opened or BeforeName or AfterValue when Successors.IsWhitespace(next):
                if (frame.B < ConstraintLimits.Whitespace)
                    successors.Add(frame.Parent, this, frame.Phase, frame.A, frame.B + 1);
                break;
            case Opened or AfterValue when next == '}' && !Owes(frame.A) && CountOf(frame) >= _least:
                successors.Add(frame.Parent!);
                break;
            case AfterValue when next == ',' && (HasNamed(ByteTrie.Root, frame) || MayHaveOthers(frame)):
                successors.Add(frame.Parent, this, With(BeforeName, CountOf(frame)), frame.A);
                break;
            case Opened or BeforeName when next == '"':
                StepName(successors.Place(frame.Parent, this, With(InName, CountOf(frame)), frame.A, ByteTrie.Root), next, successors);
                BeginOthers(frame, successors);
                break;
        }
    }

    public override byte[]? KindsAt(Frame frame) => PhaseOf(frame) == InOtherName && frame.A == ByteTrie.None ? TextBytes.Kinds : null;

    private void StepName(Frame frame, byte next, Successors successors)
    {
        int node = _names.Child(frame.B, next);
        if (node == ByteTrie.None || !HasNamed(node, frame))
            return;

        // A name's closing quote makes it the beginning of no other.
        if (_names.Value(node) is var property && property != ByteTrie.None)
            successors.Add(frame.Parent, this, AfterNameOf(frame), property);
        else
            successors.Add(frame.Parent, this, frame.Phase, frame.A, node);
    }

    /// <summary>A name that is held to patterns is a string within this object, after which its value comes.</summary>
    private void BeginOthers(Frame frame, Successors successors)
    {
        for (int i = 0; i < _others.Count; i++)
        {
            if (!MayHave(_others[i], frame))
                continue;

            if (_others[i].Names is { } names)
                names.Begin(successors.Place(frame.Parent, this, AfterNameOf(frame), _properties.Count + i), (byte)'"', successors);
            else
                successors.Add(frame.Parent, this, With(InOtherName, CountOf(frame)), ByteTrie.Root, Utf8Steps.Whole);
        }
    }

    private void StepOtherName(Frame frame, byte next, Successors successors)
    {
        int named = frame.A == ByteTrie.None ? ByteTrie.None : _plainNames.Child(frame.A, next);
        if (frame.B == Utf8Steps.Whole && next == '"')
        {
            if (named == ByteTrie.None)
                successors.Add(frame.Parent, this, AfterNameOf(frame), _properties.Count + FreeNames);
            return;
        }
        int state = next is < 0x20 or (byte)'\\' ? Utf8Steps.Broken : Utf8Steps.Next(frame.B, next);
        if (state != Utf8Steps.Broken)
            successors.Add(frame.Parent, this, frame.Phase, named, state);
    }

    private static int PhaseOf(Frame frame) => frame.Phase & ((1 << PhaseBits) - 1);

    private static int CountOf(Frame frame) => frame.Phase >> PhaseBits;

    private static int With(int phase, int count) => phase | count << PhaseBits;

    /// <summary>The phase behind a name, whose property is counted: beyond the least, where there is no most, all counts are one.</summary>
    private int AfterNameOf(Frame frame) => With(AfterName, _most == int.MaxValue ? Math.Min(CountOf(frame) + 1, _least) : CountOf(frame) + 1);

    /// <summary>Whether a required property is still to come from the given one on.</summary>
    private bool Owes(int from) => _nextRequired[from] < _properties.Count;

    private bool MayHaveOthers(Frame frame)
    {
        foreach (var others in _others)
            if (MayHave(others, frame))
                return true;

        return false;
    }

    /// <summary>Of the others the ones of any name.</summary>
    private int FreeNames => _others.Count - 1;

    private bool MayHave(OtherProperties others, Frame frame) => !Owes(frame.A) && CountOf(frame) < _most && CountOf(frame) + 1 >= _least && others.Value.Fits(frame);

    /// <summary>Whether what is required, and the least number of properties, can still be had behind a property.</summary>
    private bool MayGoOnBehind(int property, Frame frame)
    {
        int count = CountOf(frame) + 1;
        return count + (long)_required[property + 1] <= _most
            && (count >= _least || count + Fitting(frame)[property + 1] + (_others.Any(others => others.Value.Fits(frame)) ? 1 : 0) >= _least);
    }

    /// <summary>For each property how many fit into the depth that is left, from it on. Samplers that find it at once find the same.</summary>
    private int[] Fitting(Frame frame)
    {
        int left = ConstraintLimits.Depth - frame.Depth;
        if (_fitting[left] is { } known)
            return known;

        int[] fitting = new int[_properties.Count + 1];
        for (int i = _properties.Count - 1; i >= 0; i--)
            fitting[i] = fitting[i + 1] + (_properties[i].Value.Height <= left ? 1 : 0);

        return _fitting[left] = fitting;
    }

    /// <summary>Whether a name through this node of the trie may come next: none that is required may be passed over.</summary>
    private bool HasNamed(int node, Frame frame)
    {
        var below = _names.Below(node);
        for (int i = FirstFrom(below, frame.A); i < below.Count && below[i] <= _nextRequired[frame.A]; i++)
            if (_properties[below[i]].Value.Fits(frame) && MayGoOnBehind(below[i], frame))
                return true;

        return false;
    }

    /// <summary>The index of the first of some rising numbers that is <paramref name="least"/> or more; their count where none is.</summary>
    private static int FirstFrom(List<int> numbers, int least)
    {
        int index = numbers.BinarySearch(least);
        return index >= 0 ? index : ~index;
    }
}

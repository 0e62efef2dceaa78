namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// How the characters of each class are written within a JSON string, byte by byte: as themselves in UTF-8, and those that must be escaped (RFC 8259,
/// section 7) as <c>\"</c>, <c>\\</c>, <c>\n</c> and the like, other control characters as <c>\u001f</c>; or, without quotation marks around them, all as themselves. A character has one
/// spelling. Immutable.
/// </summary>
internal sealed class CharacterSpelling
{
    /// <summary>Between characters. No byte leads back to it but through a class.</summary>
    public const int Between = 0;

    /// <summary>The byte cannot stand here.</summary>
    public const int None = 0;

    private readonly (int First, int Last, int Class)[] _intervals;
    private readonly List<short[]> _targets = [];
    private readonly Dictionary<(int Class, int More), int> _uniform = [];
    private readonly byte[][] _kinds;
    private readonly int[][] _below;
    private readonly ReadingBudget _budget;

    /// <param name="isQuoted">Whether they stand in a JSON string.</param>
    public CharacterSpelling(CharacterClasses classes, ReadingBudget budget, bool isQuoted = true)
    {
        _budget = budget;
        _intervals = [.. classes.Intervals];
        Classes = classes.Count;
        AddNode();
        for (byte ascii = 0; ascii < 0x80; ascii++)
            if (!isQuoted || ascii is not (< 0x20 or (byte)'"' or (byte)'\\'))
                Set(Between, ascii, Class(ClassOf(ascii)));

        for (int first = 0xC2; first < 0xE0; first++)
            Set(Between, (byte)first, Continuation((first & 0x1F) << 6, 1));
        for (int first = 0xE0; first < 0xF0; first++)
            Set(Between, (byte)first, Continuation((first & 0x0F) << 12, 2));
        for (int first = 0xF0; first < 0xF5; first++)
            Set(Between, (byte)first, Continuation((first & 0x07) << 18, 3));

        if (isQuoted)
            AddEscapes();

        _kinds = [.. _targets.Select(Kinds)];
        // It ends the string, unlike the other bytes that are in no character.
        if (isQuoted)
            _kinds[Between]['"'] = (byte)'"';

        _below = Below();
    }

    public long Bytes => _targets.Count * 1024L;

    /// <summary>Places within a character, the one between characters included.</summary>
    public int Places => _targets.Count;

    /// <summary>Classes of characters.</summary>
    public int Classes { get; }

    /// <summary>Where a byte leads: to a place within a character, which is positive; to a whole character, as the complement of its class; or to <see cref="None"/>.</summary>
    public int Next(int place, byte value) => _targets[place][value];

    /// <summary>For each byte the lowest that leads to the same place or class as it.</summary>
    public byte[] KindsAt(int place) => _kinds[place];

    /// <summary>The class of a character, which is no surrogate.</summary>
    public int ClassOf(int character) => _intervals[IndexOf(character)].Class;

    /// <summary>The classes of all characters that go through a place.</summary>
    public ReadOnlySpan<int> ClassesBelow(int place) => _below[place];

    private void AddEscapes()
    {
        int escape = AddNode(), u = AddNode(), zero = AddNode(), high = AddNode(), low0 = AddNode(), low1 = AddNode();
        Set(Between, (byte)'\\', escape);
        foreach (var (letter, value) in new[] { ('"', '"'), ('\\', '\\'), ('b', '\b'), ('t', '\t'), ('n', '\n'), ('f', '\f'), ('r', '\r') })
            Set(escape, (byte)letter, Class(ClassOf(value)));

        Set(escape, (byte)'u', u);
        Set(u, (byte)'0', zero);
        Set(zero, (byte)'0', high);
        Set(high, (byte)'0', low0);
        Set(high, (byte)'1', low1);
        for (int control = 0; control < 0x20; control++)
            if (control is not ('\b' or '\t' or '\n' or '\f' or '\r'))
                Set(control < 0x10 ? low0 : low1, (byte)"0123456789abcdef"[control & 15], Class(ClassOf(control)));
    }

    /// <summary>What follows with <paramref name="more"/> continuation bytes to come, the code points from <paramref name="first"/> on.</summary>
    private int Continuation(int first, int more)
    {
        int size = 1 << (6 * more);
        // Where the first byte alone does not say that a character is not written longer than it must be, each is looked at.
        bool isOverlong = first == 0 && more > 1;
        if (!isOverlong && _intervals[IndexOf(first)] is var (from, to, of) && from <= first && to >= first + size - 1)
            return more == 0 ? Class(of) : Uniform(of, more);

        int node = AddNode();
        for (int i = 0; i < 64; i++)
        {
            int at = first + i * (size / 64);
            bool isOutside = at is > CodePointSet.Last or (>= CodePointSet.FirstSurrogate and <= CodePointSet.LastSurrogate);
            if (!isOutside && !(isOverlong && at < (more == 2 ? 0x800 : 0x10000)))
                Set(node, (byte)(0x80 + i), Continuation(at, more - 1));
        }
        return node;
    }

    private int Uniform(int of, int more)
    {
        if (_uniform.TryGetValue((of, more), out int known))
            return known;

        int next = more == 1 ? Class(of) : Uniform(of, more - 1);
        int node = _uniform[(of, more)] = AddNode();
        for (int i = 0; i < 64; i++)
            Set(node, (byte)(0x80 + i), next);

        return node;
    }

    private int IndexOf(int character)
    {
        int low = 0, high = _intervals.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _intervals[middle].First <= character ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    private static int Class(int of) => ~of;

    private int AddNode()
    {
        _budget.SpendBytes(1024, "pattern");
        _budget.SpendSteps(256, "pattern");
        _targets.Add(new short[256]);
        return _targets.Count - 1;
    }

    private void Set(int node, byte value, int target) => _targets[node][value] = (short)target;

    private static byte[] Kinds(short[] targets)
    {
        var firsts = new Dictionary<short, byte>();
        var kinds = new byte[256];
        for (int value = 0; value < 256; value++)
        {
            firsts.TryAdd(targets[value], (byte)value);
            kinds[value] = firsts[targets[value]];
        }
        return kinds;
    }

    private int[][] Below()
    {
        var below = new int[_targets.Count][];
        for (int node = 0; node < below.Length; node++)
            Fill(node);

        return below;

        int[] Fill(int node) => below[node] ??= [.. _targets[node].Where(target => target != None).Distinct().SelectMany(target => target < 0 ? new int[] { ~target } : Fill(target)).Distinct().Order()];
    }
}

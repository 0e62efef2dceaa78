namespace Serverless.GpuWorker.KvCache;

/// <summary>
/// Hands out the blocks of a paged cache. A block that nobody references is free: blank, or idle, its content findable until it is handed
/// out again. Blank blocks go first, then idle ones of clients that have more than their share of the pool, then all others', each time the
/// one that is unused for longest: so the flood of one client wears out its own content, not that of the others. Every operation takes
/// constant time a block. Not thread-safe: the step loop owns it.
/// </summary>
public sealed class BlockPool
{
    private readonly int[] _references;
    private readonly bool[] _isFree;
    private readonly BlockHash?[] _hashes;
    private readonly Dictionary<BlockHash, int> _index;
    private readonly Stack<int> _blank;
    private readonly BlockList _idle;
    private readonly BlockOwners _owners;

    /// <summary>When each idle block was last used, on a clock that ticks with every release.</summary>
    private readonly long[] _usedAt;
    private long _releases;

    /// <param name="maxClientShare">Share of the blocks beyond which a client's content goes before that of others, over 0 to 1; 1 for no such bound.</param>
    public BlockPool(int blocks, double maxClientShare = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        if (maxClientShare is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(maxClientShare), maxClientShare, "The share must be over 0 to 1.");

        ClientLimit = (int)(blocks * maxClientShare);
        _references = new int[blocks];
        _isFree = new bool[blocks];
        _usedAt = new long[blocks];
        _hashes = new BlockHash?[blocks];
        _index = new Dictionary<BlockHash, int>(blocks);
        _idle = new BlockList(new (int, int)[blocks]);
        _owners = new BlockOwners(blocks, ClientLimit);
        _blank = new Stack<int>(blocks);
        for (int block = blocks - 1; block >= 0; block--)
            AddBlank(block);
    }

    public int Total => _references.Length;

    /// <summary>Blocks that can be handed out, findable ones included.</summary>
    public int Free { get; private set; }

    /// <summary>The most blocks, held and idle, that a client has without being over its share.</summary>
    public int ClientLimit { get; }

    /// <summary>Appends <paramref name="count"/> blocks to the table, or changes nothing and returns false.</summary>
    /// <param name="client">What the client's chains begin with.</param>
    public bool TryAllocate(int count, List<int> table, BlockHash client)
    {
        if (count > Free)
            return false;

        for (int i = 0; i < count; i++)
        {
            if (_blank.Count == 0)
                Forget(Victim());

            int block = _blank.Pop();
            _isFree[block] = false;
            Free--;
            _references[block] = 1;
            _owners.Give(block, client);
            table.Add(block);
        }
        return true;
    }

    /// <summary>The block with this content, or null. It stays free: <see cref="Share"/> takes hold of it.</summary>
    public int? Find(BlockHash hash) => _index.TryGetValue(hash, out int block) ? block : null;

    public bool IsFree(int block) => _isFree[block];

    /// <summary>Whether one table alone has the block and nobody can find it, so that it may be written.</summary>
    public bool IsExclusive(int block) => IsHeldOnce(block) && _hashes[block] is null;

    /// <summary>Whether the block becomes free when a table that has it is released.</summary>
    public bool IsHeldOnce(int block) => _references[block] == 1;

    /// <summary>Takes one more reference to a block that was found.</summary>
    public void Share(int block)
    {
        if (_isFree[block])
            RemoveIdle(block);

        _references[block]++;
    }

    /// <summary>Makes a full block findable. Where another block has the same content, that one stays the findable one.</summary>
    public void Register(int block, BlockHash hash)
    {
        if (_references[block] < 1)
            throw new InvalidOperationException($"Block {block} is free: nothing can be registered for it.");

        if (_hashes[block] is null && _index.TryAdd(hash, block))
            _hashes[block] = hash;
    }

    /// <summary>Makes a block unfindable, as its content is not to be trusted.</summary>
    public void Forget(int block)
    {
        if (_hashes[block] is not { } hash)
            return;

        _index.Remove(hash);
        _hashes[block] = null;
        if (!_isFree[block])
            return;

        RemoveIdle(block);
        _owners.Take(block);
        AddBlank(block);
    }

    /// <summary>Gives up one reference to each block of the table and empties it. Last blocks first, so that a prefix outlives its tail.</summary>
    public void Release(List<int> table) => Release(table, kept: 0);

    /// <summary>Does so for all but the first <paramref name="kept"/> blocks.</summary>
    public void Release(List<int> table, int kept)
    {
        for (int i = table.Count - 1; i >= kept; i--)
            Release(table[i]);

        if (table.Count > kept)
            table.RemoveRange(kept, table.Count - kept);
    }

    public BlockPoolSnapshot Snapshot() => new(
        [.. _references],
        [.. _blank],
        _idle.ToList(),
        Free,
        new Dictionary<BlockHash, int>(_index),
        [.. Enumerable.Range(0, Total).Select(block => _owners[block]?.Root)],
        [.. _owners.All.Select(owner => new BlockOwnerSnapshot(owner.Root, owner.Blocks, owner.Idle.ToList(), _owners.Over.Contains(owner)))],
        ClientLimit);

    private void Release(int block)
    {
        if (_references[block] < 1)
            throw new InvalidOperationException($"Block {block} is released more often than it is referenced.");

        if (--_references[block] > 0)
            return;

        if (_hashes[block] is null)
        {
            _owners.Take(block);
            AddBlank(block);
        }
        else
        {
            AddIdle(block);
        }
    }

    /// <summary>The idle block to hand out next; there is one.</summary>
    private int Victim()
    {
        int victim = BlockList.None;
        for (int i = 0; i < _owners.Over.Count; i++)
        {
            int oldest = _owners.Over[i].Idle.First;
            if (oldest != BlockList.None && (victim == BlockList.None || _usedAt[oldest] < _usedAt[victim]))
                victim = oldest;
        }
        return victim == BlockList.None ? _idle.First : victim;
    }

    private void AddBlank(int block)
    {
        _blank.Push(block);
        _isFree[block] = true;
        Free++;
    }

    private void AddIdle(int block)
    {
        _idle.Append(block);
        _owners[block]!.Idle.Append(block);
        _usedAt[block] = _releases++;
        _isFree[block] = true;
        Free++;
    }

    private void RemoveIdle(int block)
    {
        _idle.Remove(block);
        _owners[block]!.Idle.Remove(block);
        _isFree[block] = false;
        Free--;
    }
}

namespace Serverless.GpuWorker.KvCache;

/// <summary>
/// Hands out the blocks of a paged cache. A block that nobody references is free; a free block whose content has a hash stays findable until
/// it is handed out again. Free blocks without content go first, then those unused for longest. Every operation takes constant time a block.
/// Not thread-safe: the step loop owns it.
/// </summary>
public sealed class BlockPool
{
    private const int None = -1;

    private readonly int[] _references, _previous, _next;
    private readonly bool[] _isFree;
    private readonly BlockHash?[] _hashes;
    private readonly Dictionary<BlockHash, int> _index = [];
    private int _head = None, _tail = None;

    public BlockPool(int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        _references = new int[blocks];
        _previous = new int[blocks];
        _next = new int[blocks];
        _isFree = new bool[blocks];
        _hashes = new BlockHash?[blocks];
        for (int block = 0; block < blocks; block++)
            Append(block);
    }

    public int Total => _references.Length;

    /// <summary>Blocks that can be handed out, findable ones included.</summary>
    public int Free { get; private set; }

    /// <summary>Appends <paramref name="count"/> blocks to the table, or changes nothing and returns false.</summary>
    public bool TryAllocate(int count, List<int> table)
    {
        if (count > Free)
            return false;

        for (int i = 0; i < count; i++)
        {
            int block = _head;
            Detach(block);
            Forget(block);
            _references[block] = 1;
            table.Add(block);
        }
        return true;
    }

    /// <summary>The block with this content, or null. It stays free: <see cref="Share"/> takes hold of it.</summary>
    public int? Find(BlockHash hash) => _index.TryGetValue(hash, out int block) ? block : null;

    public bool IsFree(int block) => _isFree[block];

    /// <summary>Whether one table alone has the block and nobody can find it, so that it may be written.</summary>
    public bool IsExclusive(int block) => _references[block] == 1 && _hashes[block] is null;

    /// <summary>Takes one more reference to a block that was found.</summary>
    public void Share(int block)
    {
        if (_isFree[block])
            Detach(block);

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
        if (_hashes[block] is { } hash)
            _index.Remove(hash);

        _hashes[block] = null;
    }

    /// <summary>Gives up one reference to each block of the table and empties it. Last blocks first, so that a prefix outlives its tail.</summary>
    public void Release(List<int> table)
    {
        for (int i = table.Count - 1; i >= 0; i--)
            Release(table[i]);

        table.Clear();
    }

    public BlockPoolSnapshot Snapshot()
    {
        var free = new List<int>();
        for (int block = _head; block != None && free.Count <= Total; block = _next[block])
            free.Add(block);

        return new BlockPoolSnapshot([.. _references], free, Free, new Dictionary<BlockHash, int>(_index));
    }

    private void Release(int block)
    {
        if (_references[block] < 1)
            throw new InvalidOperationException($"Block {block} is released more often than it is referenced.");

        if (--_references[block] > 0)
            return;

        if (_hashes[block] is null)
            Prepend(block);
        else
            Append(block);
    }

    private void Append(int block)
    {
        (_previous[block], _next[block]) = (_tail, None);
        if (_tail == None)
            _head = block;
        else
            _next[_tail] = block;

        _tail = block;
        _isFree[block] = true;
        Free++;
    }

    private void Prepend(int block)
    {
        (_previous[block], _next[block]) = (None, _head);
        if (_head == None)
            _tail = block;
        else
            _previous[_head] = block;

        _head = block;
        _isFree[block] = true;
        Free++;
    }

    private void Detach(int block)
    {
        if (_previous[block] == None)
            _head = _next[block];
        else
            _next[_previous[block]] = _next[block];

        if (_next[block] == None)
            _tail = _previous[block];
        else
            _previous[_next[block]] = _previous[block];

        _isFree[block] = false;
        Free--;
    }
}

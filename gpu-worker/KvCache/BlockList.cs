namespace Serverless.GpuWorker.KvCache;

/// <summary>Blocks in an order, each in the list once at most. Lists that share their links share the blocks between them: a block is in one of them.</summary>
/// <param name="links">The block before and after each one.</param>
internal sealed class BlockList((int Previous, int Next)[] links)
{
    public const int None = -1;

    private int _last = None;

    public int First { get; private set; } = None;

    public void Append(int block)
    {
        links[block] = (_last, None);
        if (_last == None)
            First = block;
        else
            links[_last].Next = block;

        _last = block;
    }

    public void Remove(int block)
    {
        var (previous, next) = links[block];
        if (previous == None)
            First = next;
        else
            links[previous].Next = next;

        if (next == None)
            _last = previous;
        else
            links[next].Previous = previous;
    }

    public List<int> ToList()
    {
        List<int> blocks = [];
        for (int block = First; block != None && blocks.Count <= links.Length; block = links[block].Next)
            blocks.Add(block);

        return blocks;
    }
}

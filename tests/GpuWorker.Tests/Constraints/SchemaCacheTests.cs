using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class SchemaCacheTests
{
    [Fact]
    public void Read_SameText_IsReadOnce()
    {
        var cache = new SchemaCache(4, long.MaxValue);
        var first = cache.Read(AnswerForm.Schema("""{"type":"string"}"""));
        Assert.Same(first, cache.Read(AnswerForm.Schema(new string("""{"type":"string"}""".AsSpan()))));
        Assert.NotSame(first, cache.Read(AnswerForm.Schema("""{"type": "string"}""")));
    }

    [Fact]
    public void Read_AnyOrder_KeepsThoseUsedLast() => Prop.ForAll<byte[]>(reads =>
    {
        var cache = new SchemaCache(4, long.MaxValue);
        var known = new Dictionary<int, ReadForm>();
        List<int> byUse = [];
        foreach (int length in reads.Select(read => read % 7))
        {
            var schema = cache.Read(AnswerForm.Schema($$"""{"maxLength":{{length}}}"""));
            Assert.Equal(byUse.Take(4).Contains(length), known.TryGetValue(length, out var before) && before == schema);
            known[length] = schema;
            byUse.Remove(length);
            byUse.Insert(0, length);
            Assert.Equal(Math.Min(byUse.Count, 4), cache.Count);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_MoreBytesThanAreKept_ForgetsTheOldest()
    {
        static string Schema(int of) => $$"""{"enum":["{{new string('x', 1000)}}{{of}}"]}""";
        long size = ReadForm.OfSchema(Schema(1)).Bytes;
        var cache = new SchemaCache(100, 3 * size);
        for (int i = 0; i < 9; i++)
            cache.Read(AnswerForm.Schema(Schema(i)));

        Assert.Equal(3, cache.Count);
        Assert.Same(cache.Read(AnswerForm.Schema(Schema(8))), cache.Read(AnswerForm.Schema(Schema(8))));
    }

    [Fact]
    public void Read_LargerThanAllThatIsKept_IsReadButNotKept()
    {
        var cache = new SchemaCache(100, 100);
        Assert.NotSame(cache.Read(AnswerForm.Schema("""{"type":"string"}""")), cache.Read(AnswerForm.Schema("""{"type":"string"}""")));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Read_Refused_IsRefusedAgain()
    {
        var cache = new SchemaCache(4, long.MaxValue);
        for (int i = 0; i < 2; i++)
            Assert.Throws<SchemaException>(() => cache.Read(AnswerForm.Schema("""{"not":{}}""")));

        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Read_FromManyThreads_StaysWithinItsBounds()
    {
        var cache = new SchemaCache(5, long.MaxValue);
        Parallel.For(0, 400, i => Assert.Equal($$"""{"maxLength":{{i % 9}}}""", cache.Read(AnswerForm.Schema($$"""{"maxLength":{{i % 9}}}""")).Text));
        Assert.Equal(5, cache.Count);
    }

    [Fact]
    public void Bytes_EnumOfLongValues_CountsWhatItTakes()
    {
        long small = ReadForm.OfSchema("""{"enum":["x"]}""").Bytes, large = ReadForm.OfSchema($$"""{"enum":["{{new string('x', 10_000)}}"]}""").Bytes;
        Assert.True(large - small > 1_000_000, $"{large - small}");
    }
}

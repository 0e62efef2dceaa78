using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Tests.Ingestion.Reconcile;

public sealed class DriftRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DriftRules Rules = new(Now, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(30));

    [Theory]
    [InlineData("e1", null, false, 10, Drift.Unqueued)]
    [InlineData("e1", null, false, 1, Drift.None)]
    [InlineData(null, null, true, 10, Drift.TextOrphaned)]
    [InlineData(null, null, true, 1, Drift.None)]
    [InlineData(null, DocumentState.Ready, true, 10, Drift.BlobGone)]
    [InlineData(null, DocumentState.Failed, false, 10, Drift.BlobGone)]
    [InlineData(null, DocumentState.Ready, true, 1, Drift.None)]
    [InlineData("e2", DocumentState.Ready, true, 10, Drift.Outdated)]
    [InlineData("e2", DocumentState.Failed, false, 10, Drift.Outdated)]
    [InlineData("e1", DocumentState.Ready, false, 10, Drift.TextMissing)]
    [InlineData("e1", DocumentState.Failed, false, 10, Drift.None)]
    [InlineData("e1", DocumentState.Ready, true, 10, Drift.None)]
    [InlineData("e1", DocumentState.Embedding, false, 29, Drift.None)]
    [InlineData("e1", DocumentState.Embedding, false, 30, Drift.Stuck)]
    [InlineData("e1", DocumentState.Queued, false, 300, Drift.Stuck)]
    public void Judge_EachKindOfDrift_IsNamed(string? etag, DocumentState? state, bool hasText, int minutes, Drift expected)
    {
        var at = Now - TimeSpan.FromMinutes(minutes);
        var document = new ListedDocument(
            "a", etag is null ? null : new ListedBlob(etag, at), state is { } known ? new DocumentStatus { State = known, SourceETag = "\"e1\"", UpdatedAt = at, FailedBy = PassSettings.PipelineVersion } : null, hasText ? at : null);
        Assert.Equal(expected, Rules.Judge(document));
    }

    /// <summary>What one version of the app could not read the next may; what this one could not it is not asked again and again.</summary>
    [Fact]
    public void Judge_WhatFailedByEarlierReaders_IsReadAgain()
    {
        var at = Now - TimeSpan.FromMinutes(10);
        var failed = new DocumentStatus { State = DocumentState.Failed, SourceETag = "\"e1\"", UpdatedAt = at, Error = "not read" };
        Drift Judge(DocumentStatus status) => Rules.Judge(new ListedDocument("a.doc", new ListedBlob("e1", at), StatusMetadata.Read(StatusMetadata.Write(status)), null));
        Assert.Equal(Drift.FailedBefore, Judge(failed));
        Assert.Equal(Drift.FailedBefore, Judge(failed with { FailedBy = PassSettings.PipelineVersion - 1 }));
        Assert.Equal(Drift.None, Judge(failed with { FailedBy = PassSettings.PipelineVersion }));
        Assert.Equal(DocumentEventKind.Refresh, DriftRules.Mend(Drift.FailedBefore, hasBlob: true));
    }

    /// <summary>
    /// Uploads, deletions, the steps of passes and the steps of a reconciliation in any order: when all has come to rest, what the index holds is what the blob
    /// says. The model's passes do what BeginStep, ChunkStep, IndexStep, PublishStep and EndStep do, in their order.
    /// </summary>
    [Fact]
    public void Mend_RacingWithUploadsAndDeletes_LosesNoLiveDocument()
    {
        var actions = Gen.Elements(Enum.GetValues<Act>()).ListOf(60);
        Prop.ForAll(actions.ToArbitrary(), steps =>
        {
            var world = new World();
            foreach (var step in steps) world.Do(step);
            world.Settle();
            return world.IndexIsTheBlob;
        }).QuickCheckThrowOnFailure();
    }

    private enum Act
    {
        Upload,
        UploadWithoutEvent,
        Delete,
        DeleteWithoutEvent,
        LoseIndex,
        LoseManifest,
        Pass,
        PassAgain,
        Look,
        Mend,
        Wait,
    }

    private sealed class World
    {
        private readonly HashSet<int> _index = [];
        private DateTimeOffset _now = Now;
        private int _version;
        private (int Version, DateTimeOffset At)? _blob;
        private DocumentStatus? _status;
        private (HashSet<int> Ids, int Stamp)? _manifest;
        private int _stamp;
        private DateTimeOffset? _text;
        private int _stage;
        private int _passOf;
        private bool _force;
        private (ListedDocument Document, bool ChunksMissing, List<int> Strays, int? Stamp, Drift Chunks)? _look;

        public bool IndexIsTheBlob => _index.SetEquals(_blob is { } blob ? Ids(blob.Version) : []);

        public void Do(Act act)
        {
            switch (act)
            {
                case Act.Upload or Act.UploadWithoutEvent:
                    _blob = (++_version, _now);
                    if (act == Act.Upload) Signal(force: false);
                    break;
                case Act.Delete or Act.DeleteWithoutEvent:
                    _blob = null;
                    if (act == Act.Delete && _status is not null) Signal(force: false);
                    break;
                case Act.LoseIndex:
                    _index.Clear();
                    break;
                case Act.LoseManifest when _stage == 0:
                    _manifest = null;
                    break;
                case Act.Pass or Act.PassAgain:
                    Pass();
                    break;
                case Act.Look:
                    Look();
                    break;
                case Act.Mend:
                    Mend();
                    break;
                case Act.Wait:
                    _now += TimeSpan.FromMinutes(3);
                    break;
            }
        }

        /// <summary>No more from outside: passes end, and reconciliations come by.</summary>
        public void Settle()
        {
            for (var i = 0; i < 4; i++)
            {
                for (var j = 0; j < 40; j++) Pass();
                _now += TimeSpan.FromHours(1);
                Look();
                Mend();
            }

            for (var j = 0; j < 40; j++) Pass();
        }

        // A chunk that all versions share, and one of its own.
        private static HashSet<int> Ids(int version) => [0, version];

        private void Signal(bool force)
        {
            var status = _status ?? new DocumentStatus { State = DocumentState.Queued };
            if (status.IsTerminal) status = status with { State = DocumentState.Queued };
            Write(status with { Signalled = true, Force = status.Force || force });
        }

        private void Write(DocumentStatus status) => _status = status with { UpdatedAt = _now };

        private void Pass()
        {
            if (_status is not { } status || (status.IsTerminal && !status.Signalled && _stage == 0)) return;
            switch (_stage)
            {
                case 0:
                    _force = status.Force;
                    Write(status with { Signalled = false, State = DocumentState.Extracting });
                    _passOf = _blob?.Version ?? 0;
                    if (_passOf != 0) Write(_status! with { SourceETag = $"v{_passOf}" });
                    _stage = _passOf == 0 ? 10 : 1;
                    if (_passOf != 0 && _status!.Indexed == $"v{_passOf}" && !_force) End();
                    break;
                case 1:
                    Write(status with { Indexed = null });
                    _manifest = ([.. _manifest?.Ids ?? [], .. Ids(_passOf)], ++_stamp);
                    _stage = 2;
                    break;
                case 2:
                    _index.UnionWith(Ids(_passOf));
                    _stage = 3;
                    break;
                case 3:
                    _text = _now;
                    _index.ExceptWith((_manifest?.Ids ?? []).Except(Ids(_passOf)));
                    _stage = 4;
                    break;
                case 4:
                    _manifest = (Ids(_passOf), ++_stamp);
                    _stage = 5;
                    break;
                case 5:
                    Write(status with { Indexed = $"v{_passOf}" });
                    End();
                    break;
                case 10:
                    _index.ExceptWith(_manifest?.Ids ?? []);
                    _text = null;
                    _manifest = null;
                    _stage = 11;
                    break;
                case 11:
                    _stage = 0;
                    if (status.Signalled) Write(status with { State = DocumentState.Queued, Indexed = null });
                    else _status = null;
                    break;
            }
        }

        private void End()
        {
            _stage = 0;
            var unchanged = _blob?.Version == _passOf;
            Write(_status!.Signalled || !unchanged
                ? _status with { State = DocumentState.Queued, Signalled = true, Chunks = 2 }
                : _status with { State = DocumentState.Ready, Force = false, Chunks = 2 });
        }

        private DriftRules RulesNow => new(_now, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(30));

        private void Look()
        {
            var document = new ListedDocument("a", _blob is { } blob ? new ListedBlob($"v{blob.Version}", blob.At) : null, _status, _text);
            var strays = _index.Except(_manifest?.Ids ?? []).ToList();
            _look = (
                document, RulesNow.MayCount(document) && _index.Count < _status!.Chunks, strays, _manifest?.Stamp,
                _index.Count == 0 ? Drift.None : RulesNow.JudgeChunks(_blob is not null, _status, _index.Count, strays.Count));
        }

        private void Mend()
        {
            if (_look is not { } look) return;
            _look = null;
            var drift = RulesNow.Judge(look.Document);
            if (drift != Drift.None) Tell(drift, look.Document.Blob is not null);
            if (look.ChunksMissing) Tell(Drift.ChunksMissing, hasBlob: true);
            if (look.Chunks == Drift.None) return;
            if (look.Strays.Count > 0)
            {
                if (look.Stamp != _manifest?.Stamp) return;
                _manifest = ([.. _manifest?.Ids ?? [], .. look.Strays], ++_stamp);
            }

            Tell(look.Chunks, look.Document.Blob is not null);
        }

        private void Tell(Drift drift, bool hasBlob) => Signal(force: DriftRules.Mend(drift, hasBlob) == DocumentEventKind.Reprocess);
    }
}

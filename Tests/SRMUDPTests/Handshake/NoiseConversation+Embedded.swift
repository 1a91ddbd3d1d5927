/// One conversation per pattern, so that they are checked wherever the tests run.
extension NoiseConversation {
    static let embedded = [nn, nnpsk0, ik, ikpsk2]

    private static let nn = NoiseConversation(
        name: "Noise_NN_25519_AESGCM_SHA256",
        initiatorStatic: "",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "",
        responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        preSharedKey: "",
        prologue: "4a6f686e2047616c74",
        handshakeHash: "6301958d25cd7d1ffe6ad7d0ca2ad284b4e478d9acd9198f7750432d225043d0",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                    + "4c756477696720766f6e204d69736573"
            ),
            (
                "4d757272617920526f746862617264",
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                    + "934ff73eebb9d930ebf62b8e4db8133ca936872b5551efd7c9989c646d8cf0"
            ),
            (
                "462e20412e20486179656b",
                "8d372b94914e80018211a344b8b1c5a2869492a0db46990c0362f3"
            ),
            (
                "4361726c204d656e676572",
                "e183b0abd55550f9955fb05476d988c6f27628d7bbde111c39ccbc"
            ),
        ])

    private static let ik = NoiseConversation(
        name: "Noise_IK_25519_AESGCM_SHA256",
        initiatorStatic: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        preSharedKey: "",
        prologue: "4a6f686e2047616c74",
        handshakeHash: "669c8640d9e42a3cda2f232f78597ceefb01daa6e3df81181ccce6fc6b5026bf",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                    + "4e417bc55c7a8166c993356c1be41ef67818a292426f301556c7f26b21d25ddb"
                    + "097153891a9a956cff47b83e63ad8d701c1342c209cff1ca5ecd43402762ac24"
                    + "9e3bd3a4c0a145fe07cb5dae28ea13a3"
            ),
            (
                "4d757272617920526f746862617264",
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                    + "af2ccf9972e22afc67aeafcd25162f7f98c363b7762e3e4cb7d272e39f27a5"
            ),
            (
                "462e20412e20486179656b",
                "66acfc92e3197de166809e6d4d5d003dcc819a84bc3522ca53c9d9"
            ),
            (
                "4361726c204d656e676572",
                "71f89aa6533a6de70b0826864dd75f60806ee40170c16290189eb3"
            ),
        ])

    private static let nnpsk0 = NoiseConversation(
        name: "Noise_NNpsk0_25519_AESGCM_SHA256",
        initiatorStatic: "",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "",
        responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        preSharedKey: "54686973206973206d7920417573747269616e20706572737065637469766521",
        prologue: "4a6f686e2047616c74",
        handshakeHash: "9f3b1f9afd7767767b5b9d1069844a6154fdbdcc36dfb3e31c0fffc5c973d530",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                    + "7c37a89fc17813788d30df2d59501d6066f5f8aecc3406bbd9829f2d24a531b1"
            ),
            (
                "4d757272617920526f746862617264",
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                    + "2f29d79368ef9de4e1ae7a362fb05bf0ad668e026bf5714554497b3a720461"
            ),
            (
                "462e20412e20486179656b",
                "7c01e898a6201f36aecee532e29cd0b7f8ffa29d3366ad0dce39a6"
            ),
            (
                "4361726c204d656e676572",
                "a9ff535aace3db6a1da1a7fb00fe2de2622bb373abad9fb42c00e0"
            ),
        ])

    private static let ikpsk2 = NoiseConversation(
        name: "Noise_IKpsk2_25519_AESGCM_SHA256",
        initiatorStatic: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        preSharedKey: "54686973206973206d7920417573747269616e20706572737065637469766521",
        prologue: "4a6f686e2047616c74",
        handshakeHash: "48c3f1eb397c797af6b139032c6074cb41282ff033ee25d5aee4a4badd3a2c3f",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                    + "5a1baf339186d7867062b0dd31f5de322d370165d217939b2b7ed9e2bae78404"
                    + "58ea65c2ce1554e0e8077fe7334c4bd514c658fd04d97b86d216f58f59714a7e"
                    + "24144155045c8f36bed85a2cb0fd9af7"
            ),
            (
                "4d757272617920526f746862617264",
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                    + "2fe8d675e949799d2a968211a66cc7ba2b0f4cad8eda3c2bd37eae737bbf88"
            ),
            (
                "462e20412e20486179656b",
                "38cbf3835c78b7802df0dd0d9640ff8575debd0cb61cfb52590da1"
            ),
            (
                "4361726c204d656e676572",
                "ffc365ff6955fc66c5d809b31ac995f812c5770bd29f0df12f0ffd"
            ),
        ])
}
